package slicer

import (
	"whittle.dev/whittle/internal/debian"
)

// takeTargets takes the files of a package that links of one of its slices lead to and that the slice does not list: a
// locale shares files with its neighbours, a program's name leads to a private directory. A link to a directory says
// nothing about what is wanted of it, and one to documentation is left dangling.
func (p *resolver) takeTargets(from *picked, slice, layer string) error {
	for _, e := range from.Entries {
		if f := p.seen[e.Path]; e.Kind != Symlink || f == nil || f.Slice != slice || f.Package != from.Name {
			continue
		}
		for at := e; at.Kind == Symlink; {
			to, ok := from.Entry(debian.LinkTarget(at.Path, at.Link))
			if !ok || to.Kind == Directory || p.here(to.Path) || !ClassAll.has(from.Class(to, p.triplet)) {
				break
			}
			if err := p.take(from, to, slice, layer, Reason{Kind: LinkTarget, By: "/" + at.Path}); err != nil {
				return err
			}
			at = to
		}
	}
	return nil
}

// takePrograms takes the files that the program names of a package taken whole lead to, wherever they are: some packages
// keep scripts among their documentation and put links to them on the PATH.
func (p *resolver) takePrograms(from *picked, r request) error {
	for _, e := range from.Entries {
		if e.Kind != Symlink || !debian.IsProgram(e.Path) {
			continue
		}
		to, ok := from.Entry(debian.LinkTarget(e.Path, e.Link))
		if !ok || to.Kind != File || p.here(to.Path) {
			continue
		}
		if err := p.take(from, to, p.slice(r.name, ClassBins, r.why), r.layer, Reason{Kind: LinkTarget, By: "/" + e.Path}); err != nil {
			return err
		}
	}
	return nil
}
