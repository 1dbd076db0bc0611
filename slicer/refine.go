package slicer

import (
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer/release"
)

// takeRequired plans what the definitions of libraries require: the closure has brought a library of slice PACKAGE_libs,
// and no ELF file tells that libmagic reads a database of another package. Required slices that are libraries
// themselves are left to the closure, which takes the files that are needed of them. It tells whether something was
// taken.
func (p *plan) takeRequired(added []closure.Library) (bool, error) {
	var names []Named
	for _, lib := range added {
		for _, c := range p.found[lib.Path] {
			names = append(names, p.requiredBy(c.pkg.Name)...)
		}
	}
	slices.SortFunc(names, func(a, b Named) int { return strings.Compare(a.Name+"\x00"+a.By, b.Name+"\x00"+b.By) })
	return len(names) > 0, p.addDefined(names)
}

// requiredBy lists the slices that the definition of a package's libraries requires and that are not planned yet.
func (p *plan) requiredBy(pkg string) []Named {
	if !p.hasDefinition(pkg, ClassLibs) {
		return nil
	}
	libs := p.want.Release.Package(pkg).Slices[ClassLibs]
	var names []Named
	for key, e := range libs.Essential {
		_, planned := p.slices[key.String()]
		if planned || key.Slice == ClassLibs || !onArch(e, p.want.Arch) || p.floorHas(key.Package) {
			continue
		}
		names = append(names, Named{Name: key.String(), By: libs.String(), Kind: Essential, Layer: LayerSlices})
	}
	return names
}

func onArch(e release.Essential, arch string) bool {
	return len(e.Arch) == 0 || slices.Contains(e.Arch, arch)
}

func (p *plan) floorHas(pkg string) bool { return p.want.Floor != nil && p.want.Floor.HasPackage(pkg) }
