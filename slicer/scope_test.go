package slicer_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/verify"
)

// browserWithNSS are a browser that brings libraries of the system's names, newer than those, and tools that use the system's. One
// library of the browser is found by RUNPATH, one by nothing but the program, which loads it first.
const browserWithNSS = `
-- deb/aa-browser_1/DEBIAN/control --
Depends: libc6
-- deb/aa-browser_1/usr/lib/aa-browser/aa-browser --
elf exec runpath=$ORIGIN needs=libmozgtk.so,libc.so.6
-- deb/aa-browser_1/usr/lib/aa-browser/libmozgtk.so --
elf soname=libmozgtk.so needs=libnss3.so,libc.so.6 runpath=$ORIGIN
-- deb/aa-browser_1/usr/lib/aa-browser/libxul.so --
elf soname=libxul.so needs=libnss3.so,libc.so.6 undefined=NSS_New@NSS_9:libnss3.so
-- deb/aa-browser_1/usr/lib/aa-browser/libnss3.so --
elf soname=libnss3.so needs=libc.so.6 defines=NSS_Init@@NSS_1,NSS_New@@NSS_9
-- deb/aa-browser_1/usr/lib/aa-browser/dependentlibs.list --
libnss3.so
libxul.so
-- deb/nss-tools_1/DEBIAN/control --
Depends: libc6, libnss3
-- deb/nss-tools_1/usr/bin/certutil --
elf exec needs=libnss3.so,libsmime3.so,libc.so.6 undefined=NSS_Init@NSS_1:libnss3.so,NSS_Old
-- deb/libnss3_1/usr/lib/x86_64-linux-gnu/libnss3.so --
elf soname=libnss3.so needs=libc.so.6 defines=NSS_Init@@NSS_1,NSS_Old
-- deb/libnss3_1/usr/lib/x86_64-linux-gnu/libsmime3.so --
elf soname=libsmime3.so needs=libnss3.so,libc.so.6
-- deb/libc6_2/usr/lib/x86_64-linux-gnu/libc.so.6 --
elf soname=libc.so.6
`

// TestProgramsOwnLibrariesAreItsOwn cuts the browser and the tools together: each has its own library, the loader's cache lists the
// system's, and the proof holds. The package of the browser is the first that has the name.
func TestProgramsOwnLibrariesAreItsOwn(t *testing.T) {
	const own, system = "/usr/lib/aa-browser/libnss3.so", "/usr/lib/x86_64-linux-gnu/libnss3.so"
	for _, names := range []string{"aa-browser nss-tools", "nss-tools_bins aa-browser", "nss-tools aa-browser_all"} {
		s := selectOf(t, browserWithNSS, strings.Fields(names)...)
		got := map[string]string{}
		for _, e := range s.Edges {
			if e.Name == "libnss3.so" {
				got[e.From] = e.To
			}
		}
		want := map[string]string{
			"/usr/bin/certutil": system, "/usr/lib/x86_64-linux-gnu/libsmime3.so": system,
			"/usr/lib/aa-browser/libmozgtk.so": own, "/usr/lib/aa-browser/libxul.so": own,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", names, diff)
		}
		if listed := listedIn(t, s, "libnss3.so"); !slices.Equal(listed, []string{system}) {
			t.Errorf("%s: the loader's cache has %v", names, listed)
		}
		missing, err := verify.Findings(t.Context(), verify.Image{Arch: "amd64", Files: s.Planned()})
		if err != nil || len(missing) > 0 {
			t.Errorf("%s: %v, %v", names, missing, err)
		}
	}
}

// TestProgramsOwnLibrariesServeOthersInNeed cuts tools of a package that depends on nothing that has the library: then the
// browser's is listed for everyone, as before.
func TestProgramsOwnLibrariesServeOthersInNeed(t *testing.T) {
	text := strings.Replace(browserWithNSS, "Depends: libc6, libnss3", "Depends: libc6, aa-browser", 1)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "libsmime3.so,", ""), ",NSS_Old", "")
	s := selectOf(t, text, "aa-browser", "nss-tools")
	if listed := listedIn(t, s, "libnss3.so"); !slices.Equal(listed, []string{"/usr/lib/aa-browser/libnss3.so"}) {
		t.Errorf("the loader's cache has %v", listed)
	}
}

// listedIn are the paths that the loader's cache of a selection has for a name.
func listedIn(t *testing.T, s *slicer.Selection, name string) []string {
	t.Helper()
	cache, err := slicer.LoaderCache(s)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := closure.ReadCache(bytes.NewReader(cache), int64(len(cache)))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		if e.Soname == name {
			all = append(all, e.Path)
		}
	}
	return all
}
