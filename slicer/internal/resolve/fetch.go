package resolve

import (
	"maps"
	"slices"

	"whittle.dev/whittle/slicer/release"
)

func (p *Resolver) prefetchSlices(chosen []*release.Slice) error {
	names := map[string]bool{}
	for _, s := range chosen {
		if s.Matcher(p.Want.Arch).Takes() {
			names[s.Package] = true
		}
	}
	return p.Fetch(slices.Sorted(maps.Keys(names)))
}
