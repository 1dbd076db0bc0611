package lock

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// recovered asks the sources for a locked package that none of them lists.
func (p *pinned) recovered(ctx context.Context, want Package) (*packages.Package, packages.Source, error) {
	for _, s := range p.sources {
		pkg, err := s.Recover(ctx, want.described())
		if err == nil || !errors.Is(err, packages.ErrNoPackage) {
			return pkg, s, err
		}
	}
	return nil, nil, nil
}

// described is the package as sources describe it.
func (p Package) described() *packages.Package {
	return &packages.Package{
		Name: p.Name, Version: p.Version, Architecture: p.Arch, SHA256: p.SHA256, Size: p.Size, Origin: p.Origin,
		Filename: p.Filename, Section: p.Section, Priority: p.Priority,
	}
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
func (p *pinned) lockedOwners(ctx context.Context, base string) ([]packages.Owner, error) {
	var owners []packages.Owner
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
			if paths.Base(e.Path) == base && e.Kind != tree.Directory {
				owners = append(owners, packages.Owner{Path: e.Path, Package: pkg.Name})
			}
		}
	}
	slices.SortFunc(owners, func(a, b packages.Owner) int {
		return cmp.Or(cmp.Compare(strings.Count(a.Path, "/"), strings.Count(b.Path, "/")), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Package, b.Package))
	})
	return owners, nil
}
