package build

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/packages"
)

// TestBuildClosure resolves build packages: what comes from where, and why.
func TestBuildClosure(t *testing.T) {
	const lib = "usr/lib/x86_64-linux-gnu/"
	installed, archive := newMemory("installed"), newMemory("archive")
	installed.add(packages.Package{Name: "libc6", Version: "2.41"}, lib+"libc.so.6")
	installed.add(packages.Package{Name: "libxml2", Version: "2.9.14"}, lib+"libxml2.so.2", lib+"libxml2.so.2.9.14")
	installed.add(packages.Package{Name: "libold", Version: "1"}, lib+"libold.so.1.0")
	installed.add(packages.Package{Name: "gcc-14", Version: "14", Provides: "c-compiler"})
	archive.add(packages.Package{Name: "libxml2-dev", Version: "2.9.14", Depends: "libc6, libxml2 (= 2.9.14), libicu-dev (>= 70) | other"}, lib+"libxml2.so -> libxml2.so.2.9.14", "usr/include/xml.h")
	archive.add(packages.Package{Name: "libicu-dev", Version: "72", Depends: "c-compiler, libxml2:any"}, "usr/include/icu.h")
	archive.add(packages.Package{Name: "libold-dev", Version: "2", Depends: "libold (= 2)"}, lib+"libold.so -> libold.so.2.0")
	archive.add(packages.Package{Name: "libold", Version: "2"}, lib+"libold.so.2.0")
	archive.add(packages.Package{Name: "a", Version: "1", Depends: "virtual | none"})
	archive.add(packages.Package{Name: "real", Version: "1", Depends: "a", Provides: "virtual"}) // a circle
	archive.add(packages.Package{Name: "newer-dev", Version: "1", Depends: "libold (>> 1~) , libc6 (>= 2.40)"})
	archive.add(packages.Package{Name: "older-dev", Version: "1", Depends: "libold (<< 2)"})
	archive.add(packages.Package{Name: "future-dev", Version: "1", Depends: "libc6 (>= 3)"})
	archive.add(packages.Package{Name: "abi-dev", Version: "1", Depends: "abi (= 5), c-compiler"})
	archive.add(packages.Package{Name: "abi-dev2", Version: "1", Depends: "abi (= 6)"})
	archive.add(packages.Package{Name: "libabi", Version: "1", Provides: "abi (= 5)"})
	archive.add(packages.Package{Name: "unread", Version: "1", Depends: "a (1)"})
	archive.add(packages.Package{Name: "broken", Version: "1", Depends: "nowhere"})
	for _, row := range []struct{ name, named, want, present, err string }{
		{"a link into an installed package", "libxml2-dev", "libicu-dev 72 from archive for libxml2-dev, libxml2 2.9.14 from installed for links of libxml2-dev, libxml2-dev 2.9.14 from archive for x", "", ""},
		{"an installed package without a link into it", "libicu-dev", "libicu-dev 72 from archive for x", "", ""},
		{"another version is installed", "libold-dev", "libold 2 from archive for libold-dev, libold-dev 2 from archive for x", "", ""},
		{"named and installed", "libxml2 gcc-14", "", "libxml2, gcc-14", ""},
		{"a provider, and a circle", "a", "a 1 from archive for x, real 1 from archive for a", "", ""},
		{"versions that are installed will do", "newer-dev older-dev", "newer-dev 1 from archive for x, older-dev 1 from archive for x", "", ""},
		{"a version that nobody has", "future-dev", "", "", "cannot find build package libc6 (for future-dev): "},
		{"a provided name with a version", "abi-dev", "abi-dev 1 from archive for x, libabi 1 from archive for abi-dev", "", ""},
		{"a provided name with another version", "abi-dev2", "", "", "cannot find build package abi (for abi-dev2)"},
		{"a dependency that is none", "unread", "", "", "cannot read what package unread depends on"},
		{"unknown", "nosuch", "", "", "cannot find build package nosuch (for x): cannot find package nosuch in archive: no such package"},
		{"unknown dependency", "broken", "", "", "cannot find build package nowhere (for broken)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &buildClosure{installed: installed, archive: archive, chosen: map[string]buildPackage{}, contents: map[string]*packages.Contents{}}
			var named []project.Setting
			for _, n := range strings.Fields(row.named) {
				named = append(named, project.Setting{Name: n, By: "x"})
			}
			all, present, err := b.resolve(t.Context(), named)
			if languagetest.Has(t, err, row.err); err != nil {
				return
			}
			var got []string
			for _, p := range all {
				got = append(got, fmt.Sprintf("%s %s from %s for %s", p.Name, p.Version, p.from.Name(), p.Why))
			}
			if diff := cmp.Diff(row.want, language.List(got)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(row.present, language.List(present)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLeadPC(t *testing.T) {
	const text = "prefix=/usr\nlibdir=${prefix}/lib\nother=/usrlocal\nCflags: -I/usr/include -I/opt/usr\nLibs: -L/usr/lib -lx /usr/lib/libx.a\n"
	const want = "prefix=/l/usr\nlibdir=${prefix}/lib\nother=/usrlocal\nCflags: -I/l/usr/include -I/opt/usr\nLibs: -L/l/usr/lib -lx /l/usr/lib/libx.a\n"
	if diff := cmp.Diff(want, string(leadPC([]byte(text), "/l"))); diff != "" {
		t.Error(diff)
	}
}

func TestPackagesKeyTellsVersionsApart(t *testing.T) {
	of := func(version string) string {
		return packagesKey([]buildPackage{{Package: &packages.Package{Name: "a", Version: version}}})
	}
	one, again, two := of("1"), of("1"), of("2")
	if one == two || one != again {
		t.Errorf("keys are %s, again %s, and %s", one, again, two)
	}
}

// TestFilesOfCMakeAreLed: a file of CMake's that names a library of another package by its path finds it where that is unpacked, and what the build
// image itself has where it is.
func TestFilesOfCMakeAreLed(t *testing.T) {
	const lib = "usr/lib/x86_64-linux-gnu"
	u := unpacking{layer: "/l", files: map[string]bool{lib + "/libssl.so": true, lib + "/cmake/x": false}}
	text := `set(L "/` + lib + `/libssl.so;/` + lib + `/libz.so;/` + lib + `/cmake/x;/usr/include;/opt/` + lib + `/libssl.so")`
	want := `set(L "/l/` + lib + `/libssl.so;/` + lib + `/libz.so;/` + lib + `/cmake/x;/usr/include;/opt/` + lib + `/libssl.so")`
	if got := string(u.leads("usr/lib/cmake/x/x-config.cmake")([]byte(text))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if u.leads("usr/include/a.h") != nil {
		t.Error("headers are changed")
	}
}
