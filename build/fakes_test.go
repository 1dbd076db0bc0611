package build

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// memory is a source of packages that were written down in a test.
type memory struct {
	packages.Plain
	name     string
	packages map[string]*packages.Package
	contents map[string]*packages.Contents
}

func newMemory(name string) *memory {
	return &memory{name: name, packages: map[string]*packages.Package{}, contents: map[string]*packages.Contents{}}
}

// add adds a package of files; "a -> b" is a link.
func (m *memory) add(p packages.Package, files ...string) {
	c := &packages.Contents{}
	for _, f := range files {
		name, target, link := strings.Cut(f, " -> ")
		e := packages.Entry{Path: name, Link: target}
		if link {
			e.Kind = tree.Symlink
		}
		c.Entries = append(c.Entries, e)
	}
	slices.SortFunc(c.Entries, func(a, b packages.Entry) int { return strings.Compare(a.Path, b.Path) })
	m.packages[p.Name], m.contents[p.Name] = &p, c
}

func (m *memory) Name() string { return m.name }

func (m *memory) Package(_ context.Context, name string) (*packages.Package, error) {
	if p, ok := m.packages[name]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("cannot find package %s in %s: %w", name, m.name, packages.ErrNoPackage)
}

func (m *memory) Providers(_ context.Context, virtual string) ([]*packages.Package, error) {
	var all []*packages.Package
	for _, p := range m.packages {
		if name, _, _ := strings.Cut(p.Provides, " "); name == virtual {
			all = append(all, p)
		}
	}
	return all, nil
}

func (m *memory) Owners(_ context.Context, base string) ([]packages.Owner, error) {
	var all []packages.Owner
	for name, c := range m.contents {
		for _, e := range c.Entries {
			if path.Base(e.Path) == base {
				all = append(all, packages.Owner{Path: e.Path, Package: name})
			}
		}
	}
	return all, nil
}

func (m *memory) Contents(_ context.Context, p *packages.Package) (*packages.Contents, error) {
	return m.contents[p.Name], nil
}

// Identity is its name: what is added to it is added before anybody asks.
func (m *memory) Identity() (string, error) { return m.name, nil }

func (m *memory) Unlisted(_ context.Context, p *packages.Package) *packages.Contents {
	return m.contents[p.Name]
}

func (m *memory) Versions(ctx context.Context, name string) ([]*packages.Package, error) {
	return packages.OnlyVersion(ctx, m, name)
}
