package slicer

import (
	"path"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/tree"
)

// fixLinks makes symbolic links true where they land. A link's relative target is resolved by the kernel below the
// link's own layer; when the target landed in another layer, or is the run image's, the link becomes absolute. An
// absolute target is seen through a door, or else is pointed into its layer. Links into the cut's own layer stay as
// the package has them.
func (p *selecting) fixLinks() error {
	if !p.Want.Floor.Layered() {
		return nil // one root: every link is true as it is
	}
	files := p.Sorted()
	for _, f := range files {
		if f.Kind != tree.Symlink {
			continue
		}
		to := debian.LinkTarget(f.Path, f.Link)
		target, inPlan := p.within(to, f.Layer, files)
		switch {
		case inPlan && path.IsAbs(f.Link) && p.Want.Floor.Shows(target, to):
		case inPlan && (target != f.Layer || path.IsAbs(f.Link)):
			f.Link = contract.LayerPath(target, to)
		case !inPlan && !path.IsAbs(f.Link) && p.Want.Floor.HasFile(to):
			f.Link = "/" + to
		}
	}
	return nil
}

// within names the layer in which a path of the plan lies. A directory lies where its files do; if they are in several
// layers, in the link's own one rather than in another.
func (p *selecting) within(at, own string, files []*plan.File) (string, bool) {
	if f := p.ByPath[at]; f != nil {
		return f.Layer, true
	}
	var layer string
	for _, f := range files {
		if !paths.IsBelow(f.Path, at) {
			continue
		}
		if f.Layer == own {
			return own, true
		}
		if layer == "" {
			layer = f.Layer
		}
	}
	return layer, layer != ""
}
