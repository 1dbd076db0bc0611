package resolve

import (
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// takeTargets takes the files of a package that links of one of its slices lead to and that the slice does not list: a
// locale shares files with its neighbours, a program's name leads to a private directory. A link to a directory says
// nothing about what is wanted of it, and one to documentation is left dangling.
func (p *Resolver) takeTargets(from *plan.Package, slice, layer string) error {
	for _, e := range from.Entries {
		if f := p.ByPath[e.Path]; e.Kind != tree.Symlink || f == nil || f.Slice != slice || f.Package != from.Name {
			continue
		}
		for at := e; at.Kind == tree.Symlink; {
			to, ok := from.Entry(debian.LinkTarget(at.Path, at.Link))
			if !ok || to.Kind == tree.Directory || p.Here(to.Path) || !debian.ClassAll.Has(from.Class(to, p.Triplet)) {
				break
			}
			if err := p.Take(from, to, slice, layer, manifest.Reason{Kind: manifest.LinkTarget, By: "/" + at.Path}); err != nil {
				return err
			}
			at = to
		}
	}
	return nil
}

// takePrograms takes the files that the program names of a package taken whole lead to, wherever they are: some packages
// keep scripts among their documentation and put links to them on the PATH.
func (p *Resolver) takePrograms(from *plan.Package, r Request) error {
	for _, e := range from.Entries {
		if e.Kind != tree.Symlink || !debian.IsProgram(e.Path) {
			continue
		}
		to, ok := from.Entry(debian.LinkTarget(e.Path, e.Link))
		if !ok || to.Kind != tree.File || p.Here(to.Path) {
			continue
		}
		if err := p.Take(from, to, p.Slice(r.Name, debian.ClassBins, r.Why), r.Layer, manifest.Reason{Kind: manifest.LinkTarget, By: "/" + e.Path}); err != nil {
			return err
		}
	}
	return nil
}
