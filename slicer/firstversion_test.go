package slicer_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// A symbols file says since when a package has a version; the library itself says whether it has it now.
func TestFirstVersion(t *testing.T) {
	s := openArchive(t, slicertest.ArchiveOf(txtar.Parse([]byte(`
-- deb/libfoo1_3.2-1/usr/lib/x86_64-linux-gnu/libfoo.so.1 --
-> libfoo.so.1.2
-- deb/libfoo1_3.2-1/usr/lib/x86_64-linux-gnu/libfoo.so.1.2 --
elf soname=libfoo.so.1 defines=f@@FOO_2
-- deb/libfoo1_3.2-1/DEBIAN/symbols --
libfoo.so.1 libfoo1 #MINVER#
 FOO_2@FOO_2 2.0
 f@FOO_2 2.0
-- deb/libbar1_5/usr/lib/x86_64-linux-gnu/libbar.so.1 --
-> libbar.so.1.2
-- deb/libbar1_5/usr/lib/x86_64-linux-gnu/libbar.so.1.2 --
elf soname=libbar.so.1 defines=b@@BAR_1
`)), slicertest.NewKey("test", slicertest.KeyOptions{})))
	for _, c := range []struct{ soname, version, want string }{
		{"libfoo.so.1", "FOO_2", "package libfoo1 has it since version 2.0; 3.2-1 is to be had"},
		{"libbar.so.1", "BAR_1", "package libbar1 5 has it"},
	} {
		got, err := packages.FirstVersion(t.Context(), s, c.soname, c.version)
		if err != nil || got == nil || got.String() != c.want {
			t.Errorf("%s of %s: %v, %v; want %s", c.version, c.soname, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"libfoo.so.1", "FOO_3"}, {"libbar.so.1", "BAR_2"}, {"libgone.so.1", "X"}} {
		if got, err := packages.FirstVersion(t.Context(), s, c[0], c[1]); err != nil || got != nil {
			t.Errorf("%s of %s: %v, %v; want nothing", c[1], c[0], got, err)
		}
	}
}

func TestFirstVersionOfInstalledPackages(t *testing.T) {
	dir := debianRoot(t)
	symbols := "libx.so.1 libx1 #MINVER#\n X_1@X_1 1.5\n"
	if err := os.WriteFile(filepath.Join(dir, "var/lib/dpkg/info/libx1:amd64.symbols"), []byte(symbols), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := packages.OpenInstalled(dir, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := packages.FirstVersion(t.Context(), s, "libx.so.1.2", "X_1")
	if err != nil {
		t.Fatal(err)
	}
	if got != nil {
		t.Errorf("of another soname: %v", got)
	}
	if got, err = packages.FirstVersion(t.Context(), s, "libx.so.1", "X_1"); err != nil || got == nil || got.Since != "1.5" || got.Current != "2.0-1" {
		t.Errorf("%v, %v; want since 1.5, now 2.0-1", got, err)
	}
}
