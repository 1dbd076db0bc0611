package slicer

import (
	"errors"
	"maps"
	"slices"

	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/release"
)

// fetch makes packages ready, each in the source that will be asked for it.
func (p *plan) fetch(names []string) error {
	bySource := map[Source][]*Package{}
	for _, name := range names {
		if p.packages[name] != nil {
			continue
		}
		pkg, source, err := p.lookup(name)
		if errors.Is(err, ErrNoPackage) {
			continue // whoever opens it says so, with the reason it is wanted for
		}
		if err != nil {
			return err
		}
		bySource[source] = append(bySource[source], pkg)
	}
	for _, source := range p.want.Sources {
		if pkgs := bySource[source]; len(pkgs) > 0 {
			p.progress("getting %s from %s", text.Count(len(pkgs), "package"), source.Name())
			if err := source.Fetch(p.ctx, pkgs); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *resolver) prefetchSlices(chosen []*release.Slice) error {
	names := map[string]bool{}
	for _, s := range chosen {
		if s.Matcher(p.want.Arch).Takes() {
			names[s.Package] = true
		}
	}
	return p.fetch(slices.Sorted(maps.Keys(names)))
}
