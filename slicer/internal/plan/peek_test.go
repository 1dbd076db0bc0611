package plan

import (
	"testing"

	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/packages/packagestest"
)

// To look into a package makes it none of the plan's: its libraries are not found first, and its scripts are not read. To
// take a file of it does.
func TestPeekTakesNothing(t *testing.T) {
	p := New(t.Context(), Want{Arch: "amd64", Sources: []packages.Source{&packagestest.Source{
		Packages: map[string]*packages.Package{"a": {}, "b": {}}, Files: map[string][]string{"a": {"usr/bin/a*"}},
	}}}, nil)
	a, err := p.Peek("a")
	if err != nil || len(p.Packages) != 0 {
		t.Fatalf("looked into: %v, %v", p.Packages, err)
	}
	if again, err := p.Peek("a"); err != nil || again != a {
		t.Errorf("looked into twice: %v, %v", again, err)
	}
	if err := p.Take(a, a.Entries[0], "a_bins", contract.LayerSlices); err != nil || p.Packages["a"] != a {
		t.Errorf("taken of: %v, %v", p.Packages, err)
	}
	if b, err := p.Open("b"); err != nil || p.Packages["b"] != b {
		t.Errorf("opened: %v, %v", p.Packages, err)
	}
}
