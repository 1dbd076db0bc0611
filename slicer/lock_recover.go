package slicer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/archive"
	"whittle.dev/whittle/internal/paths"
)

// Locked returns a locked package that no suite lists any more, if its .deb is in the cache, or still where it was at a
// source. The lock's digest stands in for the signature of the archive. The error wraps ErrNoPackage if it is nowhere.
func (a *Archive) Locked(ctx context.Context, want LockedPackage) (*Package, error) {
	if want.SHA256 == "" || want.Filename == "" {
		return nil, fmt.Errorf("cannot find package %s %s by a digest: the lock has none: %w", want.Name, want.Version, ErrNoPackage)
	}
	found, err := a.in.Recover(ctx, &archive.Package{
		Name: want.Name, Version: want.Version, Architecture: want.Arch, Filename: want.Filename, Size: want.Size,
		SHA256: want.SHA256, Section: want.Section, Priority: want.Priority,
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPackage, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recovered == nil {
		a.recovered = map[string]*archive.Package{}
	}
	a.recovered[want.SHA256] = found
	p := describeArchived(found)
	p.Origin = want.Origin
	return p, nil
}

// archived finds the package of an index, or a recovered one, that a description is of.
func (a *Archive) archived(p *Package) (*archive.Package, error) {
	a.mu.Lock()
	found := a.recovered[p.SHA256]
	a.mu.Unlock()
	if found != nil {
		return found, nil
	}
	versions, err := a.in.Versions(p.Name)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(versions, func(v *archive.Package) bool { return v.SHA256 == p.SHA256 })
	if i < 0 {
		return nil, fmt.Errorf("cannot read package %s: the archive does not have version %s (sha256 %s) any more", p.Name, p.Version, p.SHA256)
	}
	return versions[i], nil
}

// recovered asks the sources for a locked package that none of them lists.
func (p *pinned) recovered(ctx context.Context, want LockedPackage) (*Package, Source, error) {
	for _, s := range p.sources {
		r, ok := s.(interface {
			Locked(context.Context, LockedPackage) (*Package, error)
		})
		if !ok {
			continue
		}
		pkg, err := r.Locked(ctx, want)
		if err == nil || !errors.Is(err, ErrNoPackage) {
			return pkg, s, err
		}
	}
	return nil, nil, nil
}

// lockedProviders are the names of locked packages that provide a virtual one: no suite may list them any more.
func (p *pinned) lockedProviders(ctx context.Context, virtual string) ([]string, error) {
	var names []string
	for _, want := range p.cut.Packages {
		pkg, err := p.lockedPackage(ctx, want)
		if err != nil {
			return nil, err
		}
		for provided := range strings.SplitSeq(pkg.Provides, ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(provided), " ")
			if name == virtual {
				names = append(names, pkg.Name)
			}
		}
	}
	return names, nil
}

// lockedOwners looks into the locked packages themselves. Those with fewer elements in their path come first, as in the
// answers of archives.
func (p *pinned) lockedOwners(ctx context.Context, base string) ([]Owner, error) {
	var owners []Owner
	for _, want := range p.cut.Packages {
		pkg, err := p.lockedPackage(ctx, want)
		if err != nil {
			return nil, err
		}
		c, err := p.Contents(ctx, pkg)
		if err != nil {
			return nil, err
		}
		for _, e := range c.Entries {
			if paths.Base(e.Path) == base && e.Kind != Directory {
				owners = append(owners, Owner{Path: e.Path, Package: pkg.Name})
			}
		}
	}
	slices.SortFunc(owners, func(a, b Owner) int {
		return cmp.Or(cmp.Compare(strings.Count(a.Path, "/"), strings.Count(b.Path, "/")), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Package, b.Package))
	})
	return owners, nil
}
