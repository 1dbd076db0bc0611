//go:build integration

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
)

// emulator answers the path of a static emulator of arm64 programs.
func emulator(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"qemu-aarch64-static", "qemu-aarch64"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if out, _ := attempt(t, "ldd", path); strings.Contains(out, "not a dynamic executable") || strings.Contains(out, "statically linked") {
			return path
		}
	}
	t.Skip("there is no static emulator of arm64: apt-get install qemu-user-static")
	return ""
}

// TestARM64RootRuns cuts curl and ldconfig for arm64, and runs them in a chroot of only the cut, under an emulator: curl
// answers, and its loader found every library in the cache that whittle wrote, which ldconfig reads as it is meant.
func TestARM64RootRuns(t *testing.T) {
	g := NewWithT(t)
	qemu := emulator(t)
	root := filepath.Join(t.TempDir(), "root")
	command(t, "whittle", "cut", "--arch", "arm64", "--sources", debianSources(t), "--root", root, "curl", "libc-bin_bins")
	g.Expect(command(t, "whittle", "verify", root)).To(ContainSubstring("complete"))
	command(t, "cp", qemu, filepath.Join(root, "emulator"))

	inRoot := func(env []string, args ...string) string {
		t.Helper()
		cmd := exec.Command("/emulator", args...)
		cmd.Env, cmd.Dir = env, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		out, err := cmd.CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), string(out))
		return string(out)
	}
	g.Expect(inRoot([]string{}, "/usr/bin/curl", "--version")).To(MatchRegexp(`^curl [0-9.]+ \(aarch64-`))

	said := inRoot([]string{"LD_DEBUG=libs"}, "/usr/bin/curl", "--version")
	g.Expect(said).To(ContainSubstring("search cache=/etc/ld.so.cache"))
	g.Expect(said).NotTo(ContainSubstring("(system search path)"), "a library is not in the cache")

	listed := 0
	for line := range strings.Lines(inRoot([]string{}, "/usr/sbin/ldconfig", "-p")) {
		_, path, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if !ok {
			continue
		}
		listed++
		g.Expect(line).To(ContainSubstring("(libc6,AArch64"))
		_, err := os.Stat(filepath.Join(root, path))
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(listed).To(BeNumerically(">", 30))
}
