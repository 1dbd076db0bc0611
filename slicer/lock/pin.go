package lock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// Pin makes one source of the given ones that serves exactly the locked version of every package of the architecture's
// cut, from the first source that has it; an archive that has a newer version too serves the locked one. Where no
// source has it, the error is an *Error that says what there is instead. Packages that the lock does not name are
// served as they are, because choosing between dependencies looks at more packages than are cut: Check finds out when
// such a package gets into the selection.
func (l *Lock) Pin(arch string, sources ...packages.Source) packages.Source {
	p := &pinned{sources: sources, from: map[*packages.Package]packages.Source{}, locked: map[string]*packages.Package{}}
	if c, ok := l.ForArch(arch); ok {
		p.cut = c
	} else {
		p.missing = &Error{Lines: []string{"it has no cut for " + arch}}
	}
	return p
}

type pinned struct {
	packages.Plain // what follows from a lock is not cached
	sources        []packages.Source
	cut            *Cut
	missing        error // there is nothing to pin to

	mu     sync.Mutex
	from   map[*packages.Package]packages.Source
	locked map[string]*packages.Package // what was found for locked packages
}

// Name implements Source.
func (p *pinned) Name() string {
	names := make([]string, len(p.sources))
	for i, s := range p.sources {
		names[i] = s.Name()
	}
	return strings.Join(names, " and ") + ", as locked"
}

// Package implements Source.
func (p *pinned) Package(ctx context.Context, name string) (*packages.Package, error) {
	if p.missing != nil {
		return nil, p.missing
	}
	if want, ok := p.cut.Package(name); ok {
		return p.lockedPackage(ctx, want)
	}
	err := fmt.Errorf("cannot find package %s: there is no source: %w", name, packages.ErrNoPackage)
	for _, s := range p.sources {
		pkg, serr := s.Package(ctx, name)
		if serr == nil {
			return p.remember(pkg, s), nil
		}
		if err = serr; !errors.Is(err, packages.ErrNoPackage) {
			return nil, err
		}
	}
	return nil, err
}

func (p *pinned) lockedPackage(ctx context.Context, want Package) (*packages.Package, error) {
	p.mu.Lock()
	known := p.locked[want.Name]
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	var lines []string
	for _, s := range p.sources {
		all, err := s.Versions(ctx, want.Name)
		if err != nil {
			return nil, err
		}
		for _, pkg := range all {
			is := Package{Name: pkg.Name, Version: pkg.Version, Arch: pkg.Architecture, SHA256: pkg.SHA256}
			if packageDifference(want, is) == "" {
				p.mu.Lock()
				p.locked[want.Name] = pkg
				p.mu.Unlock()
				return p.remember(pkg, s), nil
			}
		}
		line := fmt.Sprintf("package %s %s is not in %s", want.Name, want.Version, s.Name())
		if len(all) > 0 {
			here := Package{Name: all[0].Name, Version: all[0].Version, Arch: all[0].Architecture, SHA256: all[0].SHA256}
			line = fmt.Sprintf("package %s of %s: %s", want.Name, s.Name(), packageDifference(want, here))
		}
		lines = append(lines, line)
	}
	pkg, from, err := p.recovered(ctx, want)
	if err != nil {
		return nil, err
	}
	if pkg == nil {
		return nil, &Error{Lines: lines}
	}
	p.mu.Lock()
	p.locked[want.Name] = pkg
	p.mu.Unlock()
	return p.remember(pkg, from), nil
}

func (p *pinned) remember(pkg *packages.Package, s packages.Source) *packages.Package {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.from[pkg] = s
	return pkg
}

// sourceOf tells which source a package came from.
func (p *pinned) sourceOf(pkg *packages.Package) (packages.Source, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.from[pkg]
	if !ok {
		return nil, fmt.Errorf("cannot read package %s %s: it is of another source", pkg.Name, pkg.Version)
	}
	return s, nil
}

// Providers implements Source. Where the lock has a provider, it was the choice, and the others are not offered.
func (p *pinned) Providers(ctx context.Context, virtual string) ([]*packages.Package, error) {
	if p.missing != nil {
		return nil, p.missing
	}
	var names []string
	for _, s := range p.sources {
		found, err := s.Providers(ctx, virtual)
		if err != nil {
			return nil, err
		}
		for _, pkg := range found {
			names = append(names, pkg.Name)
		}
	}
	if !slices.ContainsFunc(names, p.isLocked) {
		more, err := p.lockedProviders(ctx, virtual)
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
	}
	slices.Sort(names)
	var out []*packages.Package
	for _, name := range p.lockedOnes(slices.Compact(names)) {
		pkg, err := p.Package(ctx, name)
		if err != nil {
			return nil, err
		}
		out = append(out, pkg)
	}
	return out, nil
}

// Owners implements Source. Where a locked package has the file, it was the choice: the sources are not asked, and so a
// locked cut needs no Contents of an archive.
func (p *pinned) Owners(ctx context.Context, base string) ([]packages.Owner, error) {
	if p.missing != nil {
		return nil, p.missing
	}
	all, err := p.lockedOwners(ctx, base)
	if err != nil || len(all) > 0 {
		return all, err
	}
	for _, s := range p.sources {
		found, err := s.Owners(ctx, base)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if !slices.Contains(all, o) {
				all = append(all, o)
			}
		}
	}
	return all, nil
}

func (p *pinned) isLocked(name string) bool {
	_, ok := p.cut.Package(name)
	return ok
}

// lockedOnes keeps the names of the lock, or all if none is.
func (p *pinned) lockedOnes(names []string) []string {
	if locked := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !p.isLocked(n) }); len(locked) > 0 {
		return locked
	}
	return names
}

// Versions implements Source: there is the one that Package serves.
func (p *pinned) Versions(ctx context.Context, name string) ([]*packages.Package, error) {
	return packages.OnlyVersion(ctx, p, name)
}

// Recover implements Source: what is locked is recovered by Package, and nothing else is to be had.
func (p *pinned) Recover(ctx context.Context, want *packages.Package) (*packages.Package, error) {
	return packages.Plain{}.Recover(ctx, want)
}

// Symbols implements Source.
func (p *pinned) Symbols(ctx context.Context, pkg *packages.Package) (string, error) {
	s, err := p.sourceOf(pkg)
	if err != nil {
		return "", err
	}
	return s.Symbols(ctx, pkg)
}

// Snapshots implements Source. They are those of the lock, where it names them: a locked cut is made of what was there then,
// and has the same bytes whatever the archives have become.
func (p *pinned) Snapshots() []manifest.Snapshot {
	if p.cut != nil && len(p.cut.Archives) > 0 {
		return p.cut.Archives
	}
	var all []manifest.Snapshot
	for _, s := range p.sources {
		all = append(all, s.Snapshots()...)
	}
	return all
}

// Fetch implements Source.
func (p *pinned) Fetch(ctx context.Context, pkgs []*packages.Package) error {
	bySource := map[packages.Source][]*packages.Package{}
	for _, pkg := range pkgs {
		s, err := p.sourceOf(pkg)
		if err != nil {
			return err
		}
		bySource[s] = append(bySource[s], pkg)
	}
	for _, s := range p.sources {
		if len(bySource[s]) == 0 {
			continue
		}
		if err := s.Fetch(ctx, bySource[s]); err != nil {
			return err
		}
	}
	return nil
}

// Prefetch implements Source, in the source that each package came from.
func (p *pinned) Prefetch(ctx context.Context, pkgs []*packages.Package) (stop func()) {
	var stops []func()
	for _, s := range p.sources {
		stops = append(stops, s.Prefetch(ctx, slices.DeleteFunc(slices.Clone(pkgs), func(pkg *packages.Package) bool {
			from, err := p.sourceOf(pkg)
			return err != nil || from != s
		})))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// Contents implements Source.
func (p *pinned) Contents(ctx context.Context, pkg *packages.Package) (*packages.Contents, error) {
	s, err := p.sourceOf(pkg)
	if err != nil {
		return nil, err
	}
	return s.Contents(ctx, pkg)
}
