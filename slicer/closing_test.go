package slicer_test

import (
	"strings"
	"testing"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/verify"
)

// TestLibraryUnderSeveralNames cuts programs that need one library by different links to it: each name is there,
// whichever was asked for last.
func TestLibraryUnderSeveralNames(t *testing.T) {
	const library = `
-- deb/libx1_1/usr/lib/x86_64-linux-gnu/libx.so.1 --
-> libx.so.1.2
-- deb/libx1_1/usr/lib/x86_64-linux-gnu/libx.so.old --
-> libx.so.1.2
-- deb/libx1_1/usr/lib/x86_64-linux-gnu/libx.so.1.2 --
elf soname=libx.so.1
`
	for _, needs := range [][2]string{{"libx.so.1", "libx.so.1.2"}, {"libx.so.1.2", "libx.so.1"}, {"libx.so.old", "libx.so.1"}, {"libx.so.1", "libx.so.old"}} {
		s := selectOf(t, "-- deb/aaa_1/usr/bin/aaa --\nelf exec needs="+needs[0]+"\n-- deb/bbb_1/usr/bin/bbb --\nelf exec needs="+needs[1]+"\n"+library, "aaa", "bbb")
		for _, name := range needs {
			fileOf(t, s, "usr/lib/x86_64-linux-gnu/"+name)
		}
		if found, err := verify.Findings(t.Context(), verify.Image{Arch: "amd64", Files: s.Planned()}); err != nil || len(found) > 0 {
			t.Errorf("%v: %v, %v", needs, found, err)
		}
	}
}

// TestFileWhereDirectoryWas selects packages of which one has a file or a link where another has a directory.
func TestFileWhereDirectoryWas(t *testing.T) {
	for name, row := range map[string][2]string{
		"File": {"x", "cannot take /srv/x of aaa: package bbb makes /srv a file"},
		"Link": {"-> elsewhere", "cannot take /srv/x of aaa: package bbb makes /srv a link to elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			w := wantOf(t, "-- deb/aaa_1/srv/x --\nx\n-- deb/bbb_1/srv --\n"+row[0]+"\n", "aaa", "bbb")
			for _, layer := range []string{contract.LayerSlices, "base"} { // of a run image, whose layers make one root
				w.Names[0].Layer = layer
				if _, err := slicer.Select(t.Context(), w); err == nil || err.Error() != row[1] {
					t.Errorf("aaa in layer %s: got error %v, want %s", layer, err, row[1])
				}
			}
		})
	}
}

// TestNamesThatAreNone asks for what cannot be a package or a slice.
func TestNamesThatAreNone(t *testing.T) {
	for _, name := range []string{"", "_", "one_", "_bins", "../../etc/passwd", "one_nonsense", "ONE"} {
		_, err := slicer.Select(t.Context(), wantOf(t, onePackage, name))
		if err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("%q: got error %v", name, err)
		}
	}
}

// TestLibraryThatIsNeededLater selects a library whose package forgot to depend on what it needs, before the program that
// needs the library is seen: it comes back, with what it needs, and nothing says that it was left out.
func TestLibraryThatIsNeededLater(t *testing.T) {
	s := selectOf(t, `
-- deb/liba1_1/usr/lib/x86_64-linux-gnu/liba.so.1 --
elf soname=liba.so.1 needs=libforgotten.so.1
-- deb/libforgotten1_1/usr/lib/x86_64-linux-gnu/libforgotten.so.1 --
elf soname=libforgotten.so.1
-- deb/libb1_1/usr/lib/x86_64-linux-gnu/libb.so.1 --
elf soname=libb.so.1 needs=liba.so.1
-- deb/tool_1/usr/bin/tool --
elf exec needs=libb.so.1
`, "liba1", "tool")
	for _, name := range []string{"liba.so.1", "libb.so.1", "libforgotten.so.1"} {
		fileOf(t, s, "usr/lib/x86_64-linux-gnu/"+name)
	}
	if len(s.Omitted) > 0 {
		t.Errorf("left out %v", s.Omitted)
	}
	if found, err := verify.Findings(t.Context(), verify.Image{Arch: "amd64", Files: s.Planned()}); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}
