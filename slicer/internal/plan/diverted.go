package plan

import (
	"fmt"

	"whittle.dev/whittle/slicer/manifest"
)

// divertedTo tells where the file of one package goes because another package of the plan diverts it.
func (p *Plan) divertedTo(f *File, by string) string {
	other := p.Packages[by]
	if other == nil || by == f.Package {
		return ""
	}
	if other.diverts == nil {
		other.diverts = p.diversions(other.Contents)
	}
	return other.diverts[f.Path]
}

// divert settles that two packages have different files at one path: one of them diverts the other's, or it is a
// conflict.
func (p *Plan) divert(old, f *File, why []manifest.Reason) error {
	if to := p.divertedTo(f, old.Package); to != "" {
		f.Path = to
		return p.Put(f, why...)
	}
	to := p.divertedTo(old, f.Package)
	if to == "" {
		return fmt.Errorf("cannot take /%s from both %s and %s: they differ", f.Path, old.Owner(), f.Owner())
	}
	p.Remove(old)
	if err := p.Put(f, why...); err != nil {
		return err
	}
	moved := *old
	moved.Path = to
	return p.Put(&moved)
}
