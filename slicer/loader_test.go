package slicer_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
)

// TestLoaderCacheListsBuildsForNewerProcessors holds the cache of a cut against what ldconfig reads of it. A build for newer
// processors that was listed for all of them would stop older ones with an illegal instruction.
func TestLoaderCacheListsBuildsForNewerProcessors(t *testing.T) {
	s := selectOf(t, `
-- deb/tool_1/usr/bin/tool --
elf exec needs=libfast.so.1
-- deb/libfast1_1/usr/lib/x86_64-linux-gnu/libfast.so.1 --
-> libfast.so.1.0
-- deb/libfast1_1/usr/lib/x86_64-linux-gnu/libfast.so.1.0 --
elf soname=libfast.so.1
-- deb/libfast1_1/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libfast.so.1 --
elf soname=libfast.so.1
-- deb/libfast1_1/usr/lib/x86_64-linux-gnu/blas/libblas.so.3 --
elf soname=libblas.so.3
-- deb/libfast1_1/usr/lib/x86_64-linux-gnu/libuser.so.1 --
elf soname=libuser.so.1 needs=libblas.so.3
`, "tool", "libfast1")
	cache, err := slicer.LoaderCache(s)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "ld.so.cache")
	if err := os.WriteFile(name, cache, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("/sbin/ldconfig", "-p", "-C", name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "=>") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{
		"libuser.so.1 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libuser.so.1",
		`libfast.so.1 (libc6,x86-64, hwcap: "x86-64-v3") => /usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libfast.so.1`,
		"libfast.so.1 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libfast.so.1",
		"libblas.so.3 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/blas/libblas.so.3",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
