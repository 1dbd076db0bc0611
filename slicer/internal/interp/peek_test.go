package interp

import (
	"testing"

	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/packages/packagestest"
)

// To look for an interpreter among dependencies takes none of the packages that were looked into.
func TestLookingForAnInterpreterTakesNothing(t *testing.T) {
	from := &packagestest.Source{
		Packages: map[string]*packages.Package{"tool": {Depends: "other, top"}, "other": {}, "top": {Depends: "lisp"}, "lisp": {}},
		Files:    map[string][]string{"lisp": {"usr/bin/lisp*"}},
	}
	p := New(resolve.New(plan.New(t.Context(), plan.Want{Arch: "amd64", Sources: []packages.Source{from}}, nil), nil))
	direct, err := p.dependencyWith("tool", "usr/bin/lisp")
	if err != nil || direct != "top" {
		t.Errorf("got %q, %v; want the dependency through which it comes", direct, err)
	}
	if len(p.Packages) != 0 {
		t.Errorf("taken: %v", p.Packages)
	}
}
