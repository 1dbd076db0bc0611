package build

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
)

// TestEveryPackageIsForSomebody lists packages whose reasons lie at their files, at their slices, or behind a slice of a
// library of the closure, which knows its own at its files.
func TestEveryPackageIsForSomebody(t *testing.T) {
	var text bytes.Buffer
	b := &builder{log: language.NewLog(&text, languagetest.Noon)}
	s := &slicer.Selection{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		s.Packages = append(s.Packages, manifest.Package{Name: name, Version: "1"})
	}
	s.Files = []manifest.File{
		{Package: "a", Why: []manifest.Reason{{Kind: manifest.Needed, By: "/layers/x/m.so"}}},
		{Package: "d", Why: []manifest.Reason{{Kind: manifest.Generated, By: "a"}}},
	}
	s.Slices = []manifest.Slice{
		{Name: "a_libs", Package: "a", Why: []manifest.Reason{{Kind: manifest.Needed}}},
		{Name: "b_data", Package: "b", Why: []manifest.Reason{{Kind: manifest.Essential, By: "a_libs"}}},
		{Name: "c_bins", Package: "c", Why: []manifest.Reason{{Kind: manifest.Asked, By: "project.toml"}}},
		{Name: "e_data", Package: "e", Why: []manifest.Reason{{Kind: manifest.Essential, By: "c_bins"}}},
	}
	b.tellSelection(s)
	want := `    a 1                                                0 B  for m.so
    b 1                                                0 B  for a_libs
    c 1                                                0 B  for project.toml
    d 1                                                0 B  for a
    e 1                                                0 B  for project.toml
    f 1                                                0 B  for other packages
    sum of 6 packages                                  0 B
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
}
