package manifest

import (
	"cmp"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/contract"
)

// Merge makes one manifest of those of a run image and of the layers on it. Its files are at their places in the
// image, all in LayerSlices; a package that several have is there once.
func Merge(all ...*Manifest) *Manifest {
	merged := &Manifest{Schema: Schema}
	for _, m := range all {
		merged.Arch = cmp.Or(merged.Arch, m.Arch)
		merged.Release = cmp.Or(merged.Release, m.Release)
		merged.Archives = append(merged.Archives, m.Archives...)
		if m.App != nil {
			merged.App = m.App
		}
		merged.Packages = append(merged.Packages, m.Packages...)
		merged.Unfilled = append(merged.Unfilled, m.Unfilled...)
		merged.Slices = append(merged.Slices, m.Slices...)
		merged.Edges = append(merged.Edges, m.Edges...)
		merged.Omitted = append(merged.Omitted, m.Omitted...)
		for _, f := range m.Files {
			if f.HardLink != "" {
				f.HardLink = strings.TrimPrefix(m.Place(File{Layer: f.Layer, Path: f.HardLink}), "/")
			}
			f.Path, f.Layer = strings.TrimPrefix(m.Place(f), "/"), contract.LayerSlices
			merged.Files = append(merged.Files, f)
		}
	}
	slices.SortStableFunc(merged.Packages, func(a, b Package) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	merged.Packages = slices.CompactFunc(merged.Packages, func(a, b Package) bool { return a.Name == b.Name && a.Version == b.Version })
	slices.SortStableFunc(merged.Slices, func(a, b Slice) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(merged.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(merged.Edges, CompareEdges)
	return merged
}
