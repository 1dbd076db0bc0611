package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestVerifyLeavesOutWhatIsMountedInARoot mounts a file system in a root, at its top and below, with a program in it that nothing of
// the root could start.
func TestVerifyLeavesOutWhatIsMountedInARoot(t *testing.T) {
	if !mayMount(t) {
		return
	}
	u := newUser(t)
	for _, at := range []string{"mnt", "usr/share/mnt"} {
		dir := standing(t, "etc/host", at+"/")
		u.env = map[string]string{"MOUNT": filepath.Join(dir, at), "ROOT": dir}
		const shell = `mount -t tmpfs -o size=1m none "$MOUNT" && mkdir "$MOUNT/usr" "$MOUNT/usr/bin" &&
printf '#!/missing\n' > "$MOUNT/usr/bin/x" && chmod +x "$MOUNT/usr/bin/x" && exec "$@"; exit 99`
		code, said := u.runs(inNamespace(u.child(t.Context(), shell, "verify", "--all", dir)))
		if code != exitOK || !strings.HasSuffix(said, ": 0 ELF files, complete\n") {
			t.Errorf("%s: exit code %d\n%s", at, code, said)
		}
	}
}
