package plan

import (
	"errors"

	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/packages"
)

// Fetch makes packages ready, each in the source that will be asked for it.
func (p *Plan) Fetch(names []string) error {
	bySource := map[packages.Source][]*packages.Package{}
	for _, name := range names {
		if p.Packages[name] != nil {
			continue
		}
		pkg, source, err := p.Lookup(name)
		if errors.Is(err, packages.ErrNoPackage) {
			continue // whoever opens it says so, with the reason it is wanted for
		}
		if err != nil {
			return err
		}
		bySource[source] = append(bySource[source], pkg)
	}
	for _, source := range p.Want.Sources {
		if pkgs := bySource[source]; len(pkgs) > 0 {
			p.progress("getting %s from %s", text.Count(len(pkgs), "package"), source.Name())
			if err := source.Fetch(p.Ctx, pkgs); err != nil {
				return err
			}
		}
	}
	return nil
}
