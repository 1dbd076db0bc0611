package slicer

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/slicer/packages"
)

// notedSource is a source of which it is noted whether it was asked for anything, and which packages were looked into.
type notedSource struct {
	packages.Source

	mu     sync.Mutex
	asked  bool
	looked map[*packages.Contents]*packages.Package
}

func (s *notedSource) note() packages.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = true
	return s.Source
}

// Package implements packages.Source.
func (s *notedSource) Package(ctx context.Context, name string) (*packages.Package, error) {
	return s.note().Package(ctx, name)
}

// Versions implements packages.Source.
func (s *notedSource) Versions(ctx context.Context, name string) ([]*packages.Package, error) {
	return s.note().Versions(ctx, name)
}

// Recover implements packages.Source.
func (s *notedSource) Recover(ctx context.Context, p *packages.Package) (*packages.Package, error) {
	return s.note().Recover(ctx, p)
}

// Providers implements packages.Source.
func (s *notedSource) Providers(ctx context.Context, virtual string) ([]*packages.Package, error) {
	return s.note().Providers(ctx, virtual)
}

// Owners implements packages.Source.
func (s *notedSource) Owners(ctx context.Context, base string) ([]packages.Owner, error) {
	return s.note().Owners(ctx, base)
}

// Symbols implements packages.Source.
func (s *notedSource) Symbols(ctx context.Context, p *packages.Package) (string, error) {
	return s.note().Symbols(ctx, p)
}

// Contents implements packages.Source.
func (s *notedSource) Contents(ctx context.Context, p *packages.Package) (*packages.Contents, error) {
	c, err := s.note().Contents(ctx, p)
	if err == nil {
		s.mu.Lock()
		s.looked[c] = p
		s.mu.Unlock()
	}
	return c, err
}

// relied is what whoever asked relied on. A source that cannot tell its identity is one of which nothing can be kept.
func (s *notedSource) relied() (keptSource, error) {
	if !s.asked {
		return keptSource{}, nil
	}
	identity, err := s.Identity()
	if err != nil || identity == "" {
		return keptSource{}, cmp.Or(err, errNotCached)
	}
	k := keptSource{Identity: identity}
	for _, p := range slices.SortedFunc(maps.Values(s.looked), func(a, b *packages.Package) int { return strings.Compare(a.Name, b.Name) }) {
		state, err := s.State(p)
		if err != nil {
			return keptSource{}, err
		}
		if state != "" {
			k.States = append(k.States, packageState{*p, state})
		}
	}
	return k, nil
}
