package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// buildPackage is a Debian package to unpack for the build.
type buildPackage struct {
	*packages.Package
	from packages.Source
	Why  string // the setting, or the package that depends on it
}

// buildClosure resolves the packages that the build was asked for.
type buildClosure struct {
	installed packages.Source // what the build image has
	archive   packages.Source
	chosen    map[string]buildPackage
	contents  map[string]*packages.Contents
}

// resolve returns the named packages and what they depend on, less what the build image has, sorted by name. A named
// package that is installed is left out and reported in present.
func (b *buildClosure) resolve(ctx context.Context, named []project.Setting) (all []buildPackage, present []string, err error) {
	type want struct {
		alternatives deb.Dependency
		by           string
		named        bool
	}
	var queue []want
	for _, n := range named {
		queue = append(queue, want{alternatives: deb.Dependency{{Name: n.Name}}, by: n.By, named: true})
	}
	for len(queue) > 0 {
		w := queue[0]
		queue = queue[1:]
		if b.satisfied(ctx, w.alternatives) {
			if w.named {
				present = append(present, w.alternatives[0].Name)
			}
			continue
		}
		p, err := b.find(ctx, w.alternatives)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot find build package %s (for %s): %w", w.alternatives[0].Name, w.by, err)
		}
		b.chosen[p.Name] = buildPackage{Package: p, from: b.archive, Why: w.by}
		depends, err := dependencies(p)
		if err != nil {
			return nil, nil, err
		}
		for _, alternatives := range depends {
			queue = append(queue, want{alternatives: alternatives, by: p.Name})
		}
	}
	if err := b.prefetch(ctx); err != nil {
		return nil, nil, err
	}
	if err := b.followLinks(ctx); err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(b.chosen)) {
		all = append(all, b.chosen[name])
	}
	return all, present, nil
}

// dependencies are what a package depends on (Debian Policy 7.1).
func dependencies(p *packages.Package) ([]deb.Dependency, error) {
	all, err := deb.ParseDependencies(p.Depends)
	if err != nil {
		return nil, fmt.Errorf("cannot read what package %s depends on: %w", p.Name, err)
	}
	return all, nil
}

// satisfied tells whether one of the alternatives is chosen or installed, in a version that is asked for: a -dev package
// links to the file names of exactly its own library.
func (b *buildClosure) satisfied(ctx context.Context, alternatives deb.Dependency) bool {
	for _, r := range alternatives {
		if c, ok := b.chosen[r.Name]; ok && r.AcceptsVersion(c.Version) {
			return true
		}
		if p, err := b.installed.Package(ctx, r.Name); err == nil && r.AcceptsVersion(p.Version) {
			return true
		}
		providers, err := b.installed.Providers(ctx, r.Name)
		if err == nil && slices.ContainsFunc(providers, func(p *packages.Package) bool { return provides(p, r) }) {
			return true
		}
	}
	return false
}

// provides tells whether a package provides what a relation asks for. A relation with a version is met by a provided name
// with a version alone (Policy 7.5).
func provides(p *packages.Package, r deb.Relation) bool {
	all, err := deb.ParseDependencies(p.Provides)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(all, func(d deb.Dependency) bool {
		return d[0].Name == r.Name && (r.Op == "" || d[0].Op == "=" && r.AcceptsVersion(d[0].Version))
	})
}

// find takes the first alternative that the archive has, itself or by a provider.
func (b *buildClosure) find(ctx context.Context, alternatives deb.Dependency) (*packages.Package, error) {
	var first error
	for _, r := range alternatives {
		p, err := b.archive.Package(ctx, r.Name)
		if err == nil && r.AcceptsVersion(p.Version) {
			return p, nil
		}
		if err == nil {
			err = fmt.Errorf("the archive has version %s, and %s %s is asked for", p.Version, r.Op, r.Version)
		} else if !errors.Is(err, packages.ErrNoPackage) {
			return nil, err
		}
		if providers, perr := b.archive.Providers(ctx, r.Name); perr == nil {
			if i := slices.IndexFunc(providers, func(p *packages.Package) bool { return provides(p, r) }); i >= 0 {
				return providers[i], nil
			}
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (b *buildClosure) prefetch(ctx context.Context) error {
	var all []*packages.Package
	for _, name := range slices.Sorted(maps.Keys(b.chosen)) {
		all = append(all, b.chosen[name].Package)
	}
	return b.archive.Fetch(ctx, all)
}

// followLinks adds installed packages that links of the chosen ones lead into: libxml2.so of libxml2-dev leads to
// libxml2.so.2.9.14 beside it, and the linker does not look in /usr/lib where that is installed and so was not unpacked.
func (b *buildClosure) followLinks(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(b.chosen)) {
		c, err := b.open(ctx, b.chosen[name])
		if err != nil {
			return err
		}
		targets := linkTargets(c)
		if len(targets) == 0 {
			continue
		}
		depends, err := dependencies(b.chosen[name].Package)
		if err != nil {
			return err
		}
		for _, alternatives := range depends {
			if err := b.followInto(ctx, name, alternatives, targets); err != nil {
				return err
			}
		}
	}
	return nil
}

// followInto takes those packages of a dependency's alternatives that are installed and have one of the files.
func (b *buildClosure) followInto(ctx context.Context, by string, alternatives deb.Dependency, targets map[string]bool) error {
	for _, r := range alternatives {
		if _, ok := b.chosen[r.Name]; ok {
			continue
		}
		p, err := b.installed.Package(ctx, r.Name)
		if err != nil {
			continue // another alternative satisfies the dependency
		}
		candidate := buildPackage{Package: p, from: b.installed, Why: "links of " + by}
		c, err := b.open(ctx, candidate)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.Entries, func(e packages.Entry) bool { return targets[e.Path] }) {
			b.chosen[p.Name] = candidate
		}
	}
	return nil
}

func (b *buildClosure) open(ctx context.Context, p buildPackage) (*packages.Contents, error) {
	if c, ok := b.contents[p.Name]; ok {
		return c, nil
	}
	c, err := p.from.Contents(ctx, p.Package)
	if err != nil {
		return nil, err
	}
	b.contents[p.Name] = c
	return c, nil
}

// linkTargets returns where relative links of a package lead, other than to its own files.
func linkTargets(c *packages.Contents) map[string]bool {
	targets := map[string]bool{}
	for _, e := range c.Entries {
		if e.Kind != tree.Symlink || path.IsAbs(e.Link) {
			continue
		}
		target := path.Join(path.Dir(e.Path), e.Link)
		if _, own := c.Entry(target); !own {
			targets[target] = true
		}
	}
	return targets
}
