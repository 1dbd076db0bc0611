package slicer

import "fmt"

// divertedTo tells where the file of one package goes because another package of the plan diverts it.
func (p *plan) divertedTo(f *planned, by string) string {
	other := p.packages[by]
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
func (p *plan) divert(old, f *planned, why []Reason) error {
	if to := p.divertedTo(f, old.Package); to != "" {
		f.Path = to
		return p.put(f, why...)
	}
	to := p.divertedTo(old, f.Package)
	if to == "" {
		return fmt.Errorf("cannot take /%s from both %s and %s: they differ", f.Path, old.owner(), f.owner())
	}
	p.forget(old)
	delete(p.left, f.Path)
	if err := p.put(f, why...); err != nil {
		return err
	}
	moved := *old
	moved.Path = to
	return p.put(&moved)
}
