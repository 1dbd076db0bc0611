package slicer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
)

// charsets are glibc with character sets and a locale, and programs of which one converts texts.
const charsets = `
-- deb/libc6_2/usr/lib/x86_64-linux-gnu/libc.so.6 --
elf soname=libc.so.6
-- deb/libc6_2/usr/lib/x86_64-linux-gnu/gconv/gconv-modules --
module UTF-16// INTERNAL UTF-16 1
-- deb/libc6_2/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so --
elf soname=UTF-16.so needs=libc.so.6
-- deb/libc6_2/usr/lib/x86_64-linux-gnu/gconv/BIG5.so --
elf soname=BIG5.so needs=libc.so.6
-- deb/libc-bin_2/usr/lib/locale/C.utf8/LC_CTYPE --
x
-- deb/tool_1/usr/bin/tool --
elf exec needs=libc.so.6
-- deb/reader_1/usr/bin/reader --
elf exec needs=libc.so.6 undefined=iconv_open
`

// foreignSlices are definitions that call other things by the names that whittle's own have.
var foreignSlices = map[string]string{
	"libc6": `  libs:
    contents: {/usr/lib/*-linux-*/libc.so.6: }
  gconv:
    essential: {libc6_libs: }
    contents: {/usr/lib/*-linux-*/gconv/**: }
  gconv-all:
    contents: {/usr/lib/*-linux-*/gconv/gconv-modules: }
`,
	"tool": `  bins:
    essential: {libc6_libs: }
    contents: {/usr/bin/tool: }
`,
}

// TestRulesNameFiles cuts by definitions of another vocabulary, and by none. A slice that is defined is what its definition lists; a
// package that was asked for by its name gets the files that the rule names, whatever slice has them.
func TestRulesNameFiles(t *testing.T) {
	const some, all = "gconv/UTF-16.so gconv/gconv-modules C.utf8/LC_CTYPE", "gconv/BIG5.so gconv/UTF-16.so gconv/gconv-modules C.utf8/LC_CTYPE"
	for _, row := range []struct {
		name        string
		definitions map[string]string
		want, rest  string
	}{
		{"tool_bins", foreignSlices, "", "libc6_gconv"},
		{"libc6_libs", foreignSlices, "", "libc6_gconv"},
		{"libc6_gconv", foreignSlices, "gconv/BIG5.so gconv/UTF-16.so gconv/gconv-modules", ""},
		{"tool", foreignSlices, some, "libc6_gconv"},
		{"reader", foreignSlices, all, ""},
		{"tool", nil, some, "libc6_data"},
		{"reader", nil, all, ""},
	} {
		w := wantOf(t, charsets, row.name)
		if row.definitions != nil {
			w.Release = releaseOf(t, row.definitions)
		}
		s := selectAll(t, w)
		var got []string
		for _, f := range s.Files {
			if parts := strings.Split(f.Path, "/"); f.Kind.String() == "file" && (strings.Contains(f.Path, "/gconv/") || strings.Contains(f.Path, "/C.utf8/")) {
				got = append(got, strings.Join(parts[len(parts)-2:], "/"))
			}
		}
		want := strings.Fields(row.want)
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("%s: -want +got:\n%s", row.name, diff)
		}
		rest := ""
		for _, o := range s.Omitted {
			if strings.HasSuffix(o.Name, "/gconv/*") {
				rest += o.Slice
			}
		}
		if rest != row.rest {
			t.Errorf("%s: the rest is said to be in %q, want %q", row.name, rest, row.rest)
		}
	}
}

// TestRulesDoWithoutPackages cuts scripts from an archive without the Essential packages of the programs that they call: what is not
// there is said, once a package.
func TestRulesDoWithoutPackages(t *testing.T) {
	s := selectOf(t, `
-- deb/tool_1/usr/bin/tool --
#!/bin/sh
diff a b
cmp a b
-- deb/tool_1/usr/bin/other --
#!/bin/sh
diff a b
`, "tool")
	var got []string
	for _, o := range s.Omitted {
		got = append(got, o.Name+": "+o.Reason)
	}
	want := []string{"dash: no source has it, and programs of it are called: /bin/sh", "diffutils: no source has it, and programs of it are called: diff"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestDocumentationBringsNoPrograms cuts packages of documentation that depend on a compiler, on scripts that they link to, and on
// each other, and a package of a name that is there for the compiler and has a page about itself.
func TestDocumentationBringsNoPrograms(t *testing.T) {
	const text = `
-- deb/x-doc_1/DEBIAN/control --
Section: doc
Depends: compiler, libjs-x, x-doc-common
-- deb/x-doc_1/usr/lib/compiler-doc/x.index --
x
-- deb/x-doc_1/usr/share/doc/x-doc/html/index.html --
x
-- deb/x-doc_1/usr/share/doc/x-doc/html/x.js --
-> ../../../javascript/x/x.js
-- deb/y-doc_1/DEBIAN/control --
Depends: compiler, libjs-x
-- deb/y-doc_1/usr/share/doc/y-doc/html/x.js --
-> ../../../javascript/x/x.js
-- deb/x-doc-common_1/DEBIAN/control --
Section: doc
Depends: compiler
-- deb/x-doc-common_1/usr/share/doc/x-doc-common/README --
x
-- deb/libjs-x_1/usr/share/javascript/x/x.js --
x
-- deb/compiler_1/usr/bin/compiler --
x
-- deb/program_1/DEBIAN/control --
Depends: x-doc
-- deb/program_1/usr/bin/program --
x
-- deb/meta_1/DEBIAN/control --
Section: graphics
Depends: compiler
-- deb/meta_1/usr/share/doc/meta/README.Debian --
x
-- deb/user_1/DEBIAN/control --
Depends: x-doc, compiler
-- deb/user_1/usr/bin/user --
x
`
	for names, want := range map[string]string{
		"x-doc":   "x-doc x-doc-common; left out compiler, compiler, libjs-x",
		"y-doc":   "libjs-x y-doc; left out compiler",
		"program": "program x-doc; left out compiler, compiler, libjs-x",
		"meta":    "compiler meta; left out ",
		"user":    "compiler user x-doc; left out libjs-x",
	} {
		s := selectOf(t, text, names)
		var got, left []string
		for _, p := range s.Packages {
			got = append(got, p.Name)
		}
		for _, o := range s.Omitted {
			if _, _, class := o.OfClass(); !class {
				left = append(left, o.Name)
			}
		}
		if text := strings.Join(got, " ") + "; left out " + strings.Join(left, ", "); text != want {
			t.Errorf("%s: got %s, want %s", names, text, want)
		}
	}
}

// TestNoSuchSliceListsThoseThatAre asks for slices that nobody has.
func TestNoSuchSliceListsThoseThatAre(t *testing.T) {
	for name, want := range map[string]string{
		"libc6_lib": "cannot cut libc6_lib: defined are libc6_gconv, libc6_gconv-all, libc6_libs (slices/libc6.yaml), and what can be cut of any package is all, bins, ",
		"reader_go": "cannot cut reader_go: no slice of package reader is defined, and what can be cut of any package is all, bins, ",
	} {
		w := wantOf(t, charsets, name)
		w.Release = releaseOf(t, foreignSlices)
		if _, err := slicer.Select(t.Context(), w); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
	if _, err := slicer.Select(t.Context(), wantOf(t, charsets, "libc6_lib")); err == nil || !strings.HasPrefix(err.Error(), "cannot cut libc6_lib: there are no definitions, and ") {
		t.Errorf("without definitions: got error %v", err)
	}
}

// TestWhyOfModulesEnds asks why modules are there that a rule or a definition brought: the answer ends at who asked.
func TestWhyOfModulesEnds(t *testing.T) {
	own := map[string]string{
		"libc6": `  libs:
    essential: {libc6_gconv: }
    contents: {/usr/lib/*-linux-*/libc.so.6: }
  gconv:
    contents: {/usr/lib/*-linux-*/gconv/UTF-16.so: , /usr/lib/*-linux-*/gconv/gconv-modules: }
`,
	}
	for _, definitions := range []map[string]string{nil, own, foreignSlices} {
		w := wantOf(t, charsets, "tool")
		if definitions != nil {
			w.Release = releaseOf(t, definitions)
		}
		s := selectAll(t, w)
		for _, query := range []string{"UTF-16.so", "libc6", "LC_CTYPE"} {
			all, err := manifest.Explain(&s.Manifest, query)
			if err != nil || len(all) != 1 {
				t.Fatalf("%s: %v, %v", query, all, err)
			}
			var b strings.Builder
			if err := all[0].Write(&b); err != nil || !strings.Contains(b.String(), "asked for in project.toml") || strings.Contains(b.String(), "see there") {
				t.Errorf("%v:\n%s", err, b.String())
			}
		}
	}
}
