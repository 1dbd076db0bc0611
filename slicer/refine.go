package slicer

import (
	"slices"

	"whittle.dev/whittle/slicer/release"
)

// requiredBy lists the slices that the definition of a package's libraries requires and that are not planned yet.
func (p *resolver) requiredBy(pkg string) []Named {
	if !p.hasDefinition(pkg, ClassLibs) {
		return nil
	}
	libs := p.want.Release.Package(pkg).Slices[string(ClassLibs)]
	var names []Named
	for key, e := range libs.Essential {
		_, planned := p.slices[key.String()]
		if planned || key.Slice == string(ClassLibs) || !onArch(e, p.want.Arch) || p.want.Floor.HasPackage(key.Package) {
			continue
		}
		names = append(names, Named{Name: key.String(), By: libs.String(), Kind: Essential, Layer: LayerSlices})
	}
	return names
}

func onArch(e release.Essential, arch string) bool {
	return len(e.Arch) == 0 || slices.Contains(e.Arch, arch)
}
