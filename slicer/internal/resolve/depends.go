package resolve

import (
	"errors"
	"fmt"
	"strings"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// Dependencies are the packages that satisfy what a package depends on and that are not settled yet, in the order of its
// control file. They are settled by being named here: each package is decided on once. Dependencies that concern does not
// want are passed over.
func (p *Resolver) Dependencies(r Request, concern func(deb.Dependency) bool) ([]Request, error) {
	var next []Request
	err := p.EachDependency(r.Name, concern, func(name string) {
		if !p.Settled[name] {
			p.Settled[name] = true
			next = append(next, Request{Name: name, Why: manifest.Reason{Kind: manifest.Depends, By: r.Name}, Layer: r.Layer})
		}
	})
	return next, err
}

// AnyDependency is the concern of those who want every dependency of a package.
func AnyDependency(deb.Dependency) bool { return true }

// EachDependency calls do with the package chosen for each dependency of a package that is of concern, in the order of its
// control file. What do settles counts for the choices that follow.
func (p *Resolver) EachDependency(name string, concern func(deb.Dependency) bool, do func(chosen string)) error {
	pkg, _, err := p.Lookup(name)
	if err != nil {
		return err
	}
	deps, err := deb.ParseDependencies(pkg.Depends)
	if err != nil {
		return fmt.Errorf("cannot read what package %s depends on: %w", name, err)
	}
	for _, dep := range deps {
		if !concern(dep) {
			continue
		}
		chosen, err := p.choose(pkg, dep)
		if err != nil {
			return err
		}
		if chosen != "" {
			do(chosen)
		}
	}
	return nil
}

// choose picks the package that satisfies a dependency: one that is chosen already, or else the first that exists.
// The empty name means that nothing needs to be taken.
func (p *Resolver) choose(pkg *packages.Package, dep deb.Dependency) (string, error) {
	for _, rel := range dep {
		if why, ok := ScriptOnly[rel.Name]; ok {
			p.Omit(rel.Name, "only maintainer scripts use it: it "+why, pkg.Name)
			return "", nil
		}
		if p.Want.Floor.HasPackage(rel.Name) {
			return "", nil
		}
	}
	for _, rel := range dep {
		if p.Settled[rel.Name] {
			return rel.Name, nil
		}
	}
	for _, rel := range dep {
		name, err := p.Satisfier(rel)
		if err != nil {
			return "", err
		}
		if name != "" {
			return name, nil
		}
	}
	return "", fmt.Errorf("cannot take package %s: no source has %s, on which it depends", pkg.Name, describe(dep))
}

// Satisfier finds a package for one relation: that of the name in a fitting version, or a provider.
func (p *Resolver) Satisfier(rel deb.Relation) (string, error) {
	pkg, _, err := p.Lookup(rel.Name)
	switch {
	case err == nil && rel.AcceptsVersion(pkg.Version):
		return rel.Name, nil
	case err != nil && !errors.Is(err, packages.ErrNoPackage):
		return "", err
	}
	var first string
	for _, s := range p.Want.Sources {
		providers, err := s.Providers(p.Ctx, rel.Name)
		if err != nil {
			return "", err
		}
		for _, pr := range providers {
			if !provides(pr, rel) {
				continue
			}
			if p.Settled[pr.Name] || p.Want.Floor.HasPackage(pr.Name) {
				return pr.Name, nil
			}
			if first == "" {
				first = pr.Name
			}
		}
	}
	return first, nil
}

// provides tells whether the package provides the relation's name; a versioned relation wants a versioned provide
// (Policy 7.5).
func provides(pkg *packages.Package, rel deb.Relation) bool {
	deps, err := deb.ParseDependencies(pkg.Provides)
	if err != nil {
		return false
	}
	for _, dep := range deps {
		if dep[0].Name != rel.Name {
			continue
		}
		if rel.Op == "" || (dep[0].Version != "" && rel.AcceptsVersion(dep[0].Version)) {
			return true
		}
	}
	return false
}

func describe(dep deb.Dependency) string {
	parts := make([]string, len(dep))
	for i, r := range dep {
		parts[i] = r.Name
		if r.Op != "" {
			parts[i] += " (" + r.Op + " " + r.Version + ")"
		}
	}
	return strings.Join(parts, " or ")
}
