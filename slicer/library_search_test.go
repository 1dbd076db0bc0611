package slicer_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/verify"
)

// withoutContents is an archive whose Contents index is of another day than its Release, as mirrors have it for hours.
type withoutContents struct{ packages.Source }

func (withoutContents) Owners(context.Context, string) ([]packages.Owner, error) {
	return nil, errors.New("cannot index Contents-amd64.gz: it is not the file that was announced")
}

// TestLibrariesAreFoundThroughDepends finds libraries whose packages no rule names, and that of an alternative which
// exists, without the archive's Contents.
func TestLibrariesAreFoundThroughDepends(t *testing.T) {
	w := wantOf(t, `
-- deb/tool_1/DEBIAN/control --
Depends: libssl3t64 (>= 3), ghost | zlib1g, tool-data
-- deb/tool_1/usr/bin/tool --
elf needs=libcrypto.so.3,libz.so.1
-- deb/libssl3t64_3/DEBIAN/control --
Recommends: libdb5.3t64
-- deb/libssl3t64_3/usr/lib/x86_64-linux-gnu/libcrypto.so.3 --
elf soname=libcrypto.so.3 needs=libdb-5.3.so
-- deb/libdb5.3t64_5/usr/lib/x86_64-linux-gnu/libdb-5.3.so --
elf soname=libdb-5.3.so
-- deb/zlib1g_1/DEBIAN/control --
Section: libs
-- deb/zlib1g_1/usr/lib/x86_64-linux-gnu/libz.so.1 --
elf soname=libz.so.1
-- deb/tool-data_1/usr/share/tool/x --
x
`, "tool_bins")
	w.Sources[0] = withoutContents{w.Sources[0]}
	var got []string
	for _, s := range selectAll(t, w).Slices {
		got = append(got, s.Name)
	}
	if want := []string{"libdb5.3t64_libs", "libssl3t64_libs", "tool_bins", "zlib1g_libs"}; !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

// TestLibrariesAreFoundThroughDefinitions finds what an app needs where a definition says which package has it.
func TestLibrariesAreFoundThroughDefinitions(t *testing.T) {
	w := wantOf(t, `
-- deb/zlib1g_1/usr/lib/x86_64-linux-gnu/libz.so.1 --
elf soname=libz.so.1
`)
	w.Objects = []slicer.Object{{Path: "/app/x.so", Open: func() (packages.ReaderAtCloser, error) {
		return memory{bytes.NewReader(slicertest.ELFOf("needs=libz.so.1").Bytes())}, nil
	}}}
	w.Release = releaseOf(t, map[string]string{"zlib1g": "  libs:\n    contents: {/usr/lib/*-linux-*/libz.so.*: }\n"})
	w.Sources[0] = withoutContents{w.Sources[0]}
	if s := selectAll(t, w); len(s.Slices) != 1 || s.Slices[0].Name != "zlib1g_libs" {
		t.Errorf("got %v", s.Slices)
	}
}

// TestNamedLibraryIsNeverOmitted has a package whose control file forgets what its library needs.
func TestNamedLibraryIsNeverOmitted(t *testing.T) {
	s := selectAll(t, wantOf(t, `
-- deb/libgmp10_1/usr/lib/x86_64-linux-gnu/libgmp.so.10 --
elf soname=libgmp.so.10 needs=libbase.so.1
-- deb/libbase1_1/usr/lib/x86_64-linux-gnu/libbase.so.1 --
elf soname=libbase.so.1
`, "libgmp10"))
	var got []string
	for _, sl := range s.Slices {
		got = append(got, sl.Name)
	}
	if want := []string{"libbase1_libs", "libgmp10_libs"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

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

// TestLibraryThatIsNeededLater selects a library whose package forgot to depend on what it needs, before the program that
// needs the library is seen: it comes back, with what it needs, and nothing says that it was omitted.
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
		t.Errorf("omitted %v", s.Omitted)
	}
	if found, err := verify.Findings(t.Context(), verify.Image{Arch: "amd64", Files: s.Planned()}); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}
