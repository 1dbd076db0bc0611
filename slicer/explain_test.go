package slicer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

func explained(t *testing.T, m *manifest.Manifest, query string) string {
	t.Helper()
	found, err := manifest.Explain(m, query)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, e := range found {
		if err := e.Write(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestExplain asks about a cut for a run image, and about the same cut as a root.
func TestExplain(t *testing.T) {
	text := threePackages + "-- deb/tool_1.0/usr/share/man/man1/tool.1.gz --\nmanual\n"
	image := wantOf(t, text, "tool")
	image.Floor = floorWithDoors()
	inImage, inRoot := selectAll(t, image), selectOf(t, text, "tool")
	for _, row := range []struct {
		name, query string
		of          *slicer.Selection
		want        string
	}{
		{"FileByItsPath", "/usr/bin/tool", inImage, `/layers/whittle_whittle/slices/usr/bin/tool
  slice tool_bins from package tool 1.0
  asked for in project.toml
`},
		{"FileByItsPlace", "/layers/whittle_whittle/slices/usr/bin/sh", inImage, `/layers/whittle_whittle/slices/usr/bin/sh
  slice dash_bins from package dash 0.5
  link to dash
  interpreter /bin/sh of /layers/whittle_whittle/slices/usr/bin/tool-script
    asked for in project.toml
`},
		{"FileOfRoot", "usr/bin/sh", inRoot, `/usr/bin/sh
  slice dash_bins from package dash 0.5
  link to dash
  interpreter /bin/sh of /usr/bin/tool-script
    asked for in project.toml
`},
		{"LibraryOfRoot", "libc.so.6", inRoot, `/usr/lib/x86_64-linux-gnu/libc.so.6
  slice libc6_libs from package libc6 2.41
  needed as libc.so.6 by /usr/bin/dash
    interpreter /bin/sh of /usr/bin/tool-script
      asked for in project.toml
  needed as libc.so.6 by /usr/bin/tool
    asked for in project.toml
`},
		{"LeftOut", "tool: manual pages", inImage, "tool: manual pages\n  left out: manual pages (no program reads them at run time); to have them, name tool_man\n  wanted by project.toml\n"},
		{"Nothing", "emacs", inImage, "emacs is not in it: nothing that was asked for needs it\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, explained(t, &row.of.Manifest, row.query)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	for query, want := range map[string]string{
		"dash": `package dash 0.5
  4 files, 711 B, from Debian trixie
  slice dash_bins
  interpreter /bin/sh of /layers/whittle_whittle/slices/usr/bin/tool-script
    asked for in project.toml
`,
		"dash_bins": `slice dash_bins
  from package dash 0.5
  has /layers/whittle_whittle/slices/usr/bin/dash
  has /layers/whittle_whittle/slices/usr/bin/sh
  interpreter /bin/sh of /layers/whittle_whittle/slices/usr/bin/tool-script
    asked for in project.toml
`,
		"/usr/share/man/man1/tool.1.gz": `/usr/share/man/man1/tool.1.gz
  left out: manual pages (no program reads them at run time); to have them, name PACKAGE_man
`,
	} {
		if diff := cmp.Diff(want, explained(t, &inImage.Manifest, query)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", query, diff)
		}
	}
}

// TestExplainOmitted follows who wanted a package that is omitted, and what is omitted of one that is there.
func TestExplainOmitted(t *testing.T) {
	m := &manifest.Manifest{
		Schema:   manifest.Schema,
		Packages: []manifest.Package{{Name: "shop", Version: "1"}, {Name: "till", Version: "2"}},
		Slices: []manifest.Slice{
			{Name: "shop_bins", Package: "shop", Why: []manifest.Reason{{Kind: manifest.Asked, By: "project.toml"}}},
			{Name: "till_bins", Package: "till", Why: []manifest.Reason{{Kind: manifest.Depends, By: "shop"}}},
		},
		Omitted: []manifest.Omission{
			{Name: "adduser", Reason: "only maintainer scripts use it", By: "shop"},
			{Name: "adduser", Reason: "only maintainer scripts use it", By: "till"},
			{Name: "till: documentation", Reason: "no program reads them", By: "shop"},
			{Name: "till: manual pages", Reason: "no program reads them", By: "shop"},
		},
	}
	for query, want := range map[string]string{
		"adduser": `adduser
  left out: only maintainer scripts use it
  wanted by shop
    asked for in project.toml
  wanted by till
    package shop depends on it (see there)
`,
		"till": `package till 2
  0 files, 0 B
  slice till_bins
  left out: manual pages, documentation (no program reads them)
  package shop depends on it
    asked for in project.toml
`,
		"shopping": "shopping is not in it: nothing that was asked for needs it; it has shop\n",
	} {
		if diff := cmp.Diff(want, explained(t, m, query)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", query, diff)
		}
	}
}

// TestExplanationHasAnEnd explains a thing of a thousand reasons, and a chain of a thousand things.
func TestExplanationHasAnEnd(t *testing.T) {
	m := &manifest.Manifest{Schema: manifest.Schema}
	var many []manifest.Reason
	for i := range 1000 {
		name, by := fmt.Sprintf("f%d", i), fmt.Sprintf("/f%d", i+1)
		m.Files = append(m.Files, manifest.File{Path: name, Kind: tree.File, Why: []manifest.Reason{{Kind: manifest.Needed, By: by, Name: name}}})
		many = append(many, manifest.Reason{Kind: manifest.Needed, By: name, Name: "many"})
	}
	m.Files = append(m.Files, manifest.File{Path: "many", Kind: tree.File, Why: many})
	if got := explained(t, m, "/f0"); strings.Count(got, "\n") > 20 {
		t.Errorf("got %d lines of a chain", strings.Count(got, "\n"))
	}
	if got := explained(t, m, "/many"); strings.Count(got, "\n") > 100 || !strings.Contains(got, "\n  and 996 more reasons\n") {
		t.Errorf("got:\n%s", got)
	}
}

// TestExplainCircle explains files that need each other.
func TestExplainCircle(t *testing.T) {
	m := &manifest.Manifest{Schema: manifest.Schema, RunImage: &manifest.RunImage{ID: "x"}, Files: []manifest.File{
		{Layer: "libs", Path: "a", Kind: tree.File, Why: []manifest.Reason{{Kind: manifest.Needed, By: contract.LayerPath("libs", "b"), Name: "a"}}},
		{Layer: "libs", Path: "b", Kind: tree.File, Why: []manifest.Reason{{Kind: manifest.Needed, By: contract.LayerPath("libs", "a"), Name: "b"}}},
	}}
	want := `/layers/whittle_whittle/libs/a
  needed as a by /layers/whittle_whittle/libs/b
    needed as b by /layers/whittle_whittle/libs/a (see there)
`
	if diff := cmp.Diff(want, explained(t, m, "/a")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestWhySaysNothingOfOtherFiles asks for a file that a definition has, of a slice of which the closure brought other files too: those
// of the slice's reasons that name nobody are about these.
func TestWhySaysNothingOfOtherFiles(t *testing.T) {
	m := &manifest.Manifest{
		Slices: []manifest.Slice{{Name: "libc6_libs", Package: "libc6", Why: []manifest.Reason{
			{Kind: manifest.Essential, By: "iconv_bins"}, {Kind: manifest.Needed, Name: "libGB.so"},
		}}},
		Files: []manifest.File{{Path: "usr/lib/libc.so.6", Package: "libc6", Slice: "libc6_libs"}},
	}
	if got := explained(t, m, "libc.so.6"); !strings.Contains(got, "required by slice iconv_bins") || strings.Contains(got, "libGB.so") {
		t.Error(got)
	}
}
