package build

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer"
)

// memory is a source of packages that were written down in a test.
type memory struct {
	name     string
	packages map[string]*slicer.Package
	contents map[string]*slicer.Contents
}

func newMemory(name string) *memory {
	return &memory{name: name, packages: map[string]*slicer.Package{}, contents: map[string]*slicer.Contents{}}
}

// add adds a package of files; "a -> b" is a link.
func (m *memory) add(p slicer.Package, files ...string) {
	c := &slicer.Contents{}
	for _, f := range files {
		name, target, link := strings.Cut(f, " -> ")
		e := slicer.Entry{Path: name, Link: target}
		if link {
			e.Kind = slicer.Symlink
		}
		c.Entries = append(c.Entries, e)
	}
	slices.SortFunc(c.Entries, func(a, b slicer.Entry) int { return strings.Compare(a.Path, b.Path) })
	m.packages[p.Name], m.contents[p.Name] = &p, c
}

func (m *memory) Name() string { return m.name }

func (m *memory) Package(_ context.Context, name string) (*slicer.Package, error) {
	if p, ok := m.packages[name]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("cannot find package %s in %s: %w", name, m.name, slicer.ErrNoPackage)
}

func (m *memory) Providers(_ context.Context, virtual string) ([]*slicer.Package, error) {
	var all []*slicer.Package
	for _, p := range m.packages {
		if p.Provides == virtual {
			all = append(all, p)
		}
	}
	return all, nil
}

func (m *memory) Owners(_ context.Context, base string) ([]slicer.Owner, error) {
	var all []slicer.Owner
	for name, c := range m.contents {
		for _, e := range c.Entries {
			if path.Base(e.Path) == base {
				all = append(all, slicer.Owner{Path: e.Path, Package: name})
			}
		}
	}
	return all, nil
}

func (m *memory) Prefetch(context.Context, []*slicer.Package) error { return nil }

func (m *memory) Contents(_ context.Context, p *slicer.Package) (*slicer.Contents, error) {
	return m.contents[p.Name], nil
}
