package resolve

import (
	"slices"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/release"
)

// RequiredBy lists the slices that the definition of a package's libraries requires and that are not planned yet.
func (p *Resolver) RequiredBy(pkg string) []plan.Named {
	if !p.HasDefinition(pkg, debian.ClassLibs) {
		return nil
	}
	libs := p.Want.Release.Package(pkg).Slices[string(debian.ClassLibs)]
	var names []plan.Named
	for key, e := range libs.Essential {
		_, planned := p.Slices[key.String()]
		if planned || key.Slice == string(debian.ClassLibs) || !onArch(e, p.Want.Arch) || p.Want.Floor.HasPackage(key.Package) {
			continue
		}
		names = append(names, plan.Named{Name: key.String(), By: libs.String(), Kind: manifest.Essential, Layer: contract.LayerSlices})
	}
	return names
}

func onArch(e release.Essential, arch string) bool {
	return len(e.Arch) == 0 || slices.Contains(e.Arch, arch)
}
