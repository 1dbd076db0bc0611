package libraries

import (
	"testing"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/packages/packagestest"
)

// To look for the name of a library, or for the modules that a rule brings, takes none of the packages that were looked into.
func TestLookingIntoPackagesTakesNothing(t *testing.T) {
	const lib = "usr/lib/x86_64-linux-gnu/libmagic.so.1"
	p := New(resolve.New(plan.New(t.Context(), plan.Want{Arch: "amd64", Sources: []packages.Source{&packagestest.Source{
		Packages: map[string]*packages.Package{"libmagic1": {}, "modules": {}, "core": {}},
		Files:    map[string][]string{"libmagic1": {lib}, "core": {"usr/lib/x86_64-linux-gnu/libcore.so.1"}},
	}}}, nil), nil))
	if name, err := p.sonameIn("libmagic1", "libmagic", ""); err != nil || name != "libmagic.so.1" {
		t.Errorf("got %q, %v", name, err)
	}
	core, err := p.Open("core")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Take(core, core.Entries[0], "core_libs", contract.LayerLibs); err != nil {
		t.Fatal(err)
	}
	pkg, err := p.packageOfModules(closure.Module{Library: "/usr/lib/x86_64-linux-gnu/libcore.so.1", Package: "modules"})
	if err != nil || pkg == nil || pkg.Name != "modules" {
		t.Errorf("got %v, %v; want the package that the rule names", pkg, err)
	}
	if len(p.Packages) != 1 {
		t.Errorf("taken: %v, want core alone", p.Packages)
	}
}
