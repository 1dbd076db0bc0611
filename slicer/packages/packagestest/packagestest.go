// Package packagestest has a source of packages that are made in memory, for tests.
package packagestest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// Source is packages by their names. It notes what it is asked for beyond Package and Contents.
type Source struct {
	Packages map[string]*packages.Package
	Files    map[string][]string // paths of each package's empty files; one that ends in "*" is executable
	Asked    []string            // names of methods and packages, in their order
}

var errNone = errors.New("nothing is made of it")

// Name implements packages.Source.
func (*Source) Name() string { return "a test" }

// Package implements packages.Source.
func (s *Source) Package(_ context.Context, name string) (*packages.Package, error) {
	if p := s.Packages[name]; p != nil {
		p.Name = name
		return p, nil
	}
	return nil, fmt.Errorf("cannot find package %s: %w", name, packages.ErrNoPackage)
}

// Versions implements packages.Source.
func (s *Source) Versions(ctx context.Context, name string) ([]*packages.Package, error) {
	s.Asked = append(s.Asked, "Versions "+name)
	return packages.OnlyVersion(ctx, s, name)
}

// Recover implements packages.Source.
func (s *Source) Recover(_ context.Context, p *packages.Package) (*packages.Package, error) {
	s.Asked = append(s.Asked, "Recover "+p.Name)
	return p, nil
}

// Providers implements packages.Source.
func (*Source) Providers(context.Context, string) ([]*packages.Package, error) { return nil, nil }

// Owners implements packages.Source.
func (*Source) Owners(context.Context, string) ([]packages.Owner, error) { return nil, nil }

// Symbols implements packages.Source.
func (s *Source) Symbols(_ context.Context, p *packages.Package) (string, error) {
	s.Asked = append(s.Asked, "Symbols "+p.Name)
	return "symbols of " + p.Name, nil
}

// Prefetch implements packages.Source.
func (s *Source) Prefetch(_ context.Context, all []*packages.Package) (stop func()) {
	for _, p := range all {
		s.Asked = append(s.Asked, "Prefetch "+p.Name)
	}
	return func() { s.Asked = append(s.Asked, "stop") }
}

// Fetch implements packages.Source.
func (s *Source) Fetch(_ context.Context, all []*packages.Package) error {
	for _, p := range all {
		s.Asked = append(s.Asked, "Fetch "+p.Name)
	}
	return nil
}

// Contents implements packages.Source.
func (s *Source) Contents(_ context.Context, p *packages.Package) (*packages.Contents, error) {
	c := &packages.Contents{Open: func(packages.Entry) (packages.ReaderAtCloser, error) { return nil, errNone }}
	for _, name := range slices.Sorted(slices.Values(s.Files[p.Name])) {
		at, program := strings.CutSuffix(name, "*")
		e := packages.Entry{Path: at, Kind: tree.File, Mode: 0o644, SHA256: at}
		if program {
			e.Mode = 0o755
		}
		c.Entries = append(c.Entries, e)
	}
	return c, nil
}

// Snapshots implements packages.Source.
func (*Source) Snapshots() []manifest.Snapshot { return []manifest.Snapshot{{Suite: "test"}} }

// Identity implements packages.Source.
func (s *Source) Identity() (string, error) {
	s.Asked = append(s.Asked, "Identity")
	return "a test's", nil
}

// State implements packages.Source.
func (s *Source) State(p *packages.Package) (string, error) {
	s.Asked = append(s.Asked, "State "+p.Name)
	return "a test's", nil
}

// Unlisted implements packages.Source.
func (s *Source) Unlisted(_ context.Context, p *packages.Package) *packages.Contents {
	s.Asked = append(s.Asked, "Unlisted "+p.Name)
	return &packages.Contents{}
}
