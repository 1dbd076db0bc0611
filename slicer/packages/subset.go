package packages

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/tree"
)

// Subset is a few packages of another source as a source of their own, such as those that were unpacked for a build:
// a library is looked for in them before the whole archive is asked.
func Subset(of Source, name string, packages []string) Source {
	return &subset{Source: of, name: name, packages: slices.Sorted(slices.Values(packages))}
}

// subset is used by pointer: sources are keys of maps, and a list is not comparable.
type subset struct {
	Source
	name     string
	packages []string
}

// Name implements Source.
func (s subset) Name() string { return s.name }

// Package implements Source.
func (s subset) Package(ctx context.Context, name string) (*Package, error) {
	if _, ok := slices.BinarySearch(s.packages, name); !ok {
		return nil, fmt.Errorf("cannot find package %s among %s: %w", name, s.name, ErrNoPackage)
	}
	return s.Source.Package(ctx, name)
}

// Versions implements Source.
func (s subset) Versions(ctx context.Context, name string) ([]*Package, error) {
	if _, ok := slices.BinarySearch(s.packages, name); !ok {
		return nil, nil
	}
	return s.Source.Versions(ctx, name)
}

// Recover implements Source.
func (s subset) Recover(ctx context.Context, p *Package) (*Package, error) {
	if _, ok := slices.BinarySearch(s.packages, p.Name); !ok {
		return Plain{}.Recover(ctx, p)
	}
	return s.Source.Recover(ctx, p)
}

// Providers implements Source.
func (s subset) Providers(ctx context.Context, virtual string) ([]*Package, error) {
	all, err := s.Source.Providers(ctx, virtual)
	return slices.DeleteFunc(slices.Clone(all), func(p *Package) bool {
		_, ok := slices.BinarySearch(s.packages, p.Name)
		return !ok
	}), err
}

// Owners implements Source, by looking into each of the packages.
func (s subset) Owners(ctx context.Context, base string) ([]Owner, error) {
	var owners []Owner
	for _, name := range s.packages {
		p, err := s.Source.Package(ctx, name)
		if err != nil {
			return nil, err
		}
		c, err := s.Contents(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, e := range c.Entries {
			if e.Kind != tree.Directory && paths.Base(e.Path) == base {
				owners = append(owners, Owner{Path: e.Path, Package: name})
			}
		}
	}
	return owners, nil
}

// Identity implements Source.
func (s subset) Identity() (string, error) {
	of, err := s.Source.Identity()
	if err != nil || of == "" {
		return "", err
	}
	sum := sha256.Sum256([]byte(of + " " + strings.Join(s.packages, " ")))
	return hex.EncodeToString(sum[:]), nil
}
