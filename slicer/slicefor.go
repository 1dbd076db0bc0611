package slicer

import (
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
)

// SliceFor names the slice that brings an entry of a package: of the definitions' slices that list it the one with the
// fewest paths, else the derived one. It is empty for what no slice has, such as manual pages.
func SliceFor(r *release.Release, pkg *packages.Package, e packages.Entry, arch string) string {
	if r != nil && r.Package(pkg.Name) != nil {
		best, paths := "", 0
		for name, s := range r.Package(pkg.Name).Slices {
			if len(s.Matcher(arch).Wants("/"+e.Path)) == 0 {
				continue
			}
			if n := len(s.Contents); best == "" || n < paths || n == paths && name < best {
				best, paths = name, n
			}
		}
		if best != "" {
			return pkg.Name + "_" + best
		}
	}
	if class := pkg.Class(e, debian.Triplet(arch)); class.IsDerived() {
		return class.Slice(pkg.Name)
	}
	return ""
}
