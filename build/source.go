package build

import (
	"context"
	"sync"

	"whittle.dev/whittle/slicer"
)

// lazySource opens a source when it is first asked. The signed archive is such a source: a build that finds everything
// among the installed packages never reads it, and so works without any network.
type lazySource struct {
	name string
	open func() (slicer.Source, error)
}

func newLazySource(name string, open func() (slicer.Source, error)) slicer.Source {
	return &lazySource{name: name, open: sync.OnceValues(open)}
}

func (s *lazySource) Name() string { return s.name }

func (s *lazySource) Package(ctx context.Context, name string) (*slicer.Package, error) {
	src, err := s.open()
	if err != nil {
		return nil, err
	}
	return src.Package(ctx, name)
}

func (s *lazySource) Providers(ctx context.Context, virtual string) ([]*slicer.Package, error) {
	src, err := s.open()
	if err != nil {
		return nil, err
	}
	return src.Providers(ctx, virtual)
}

func (s *lazySource) Owners(ctx context.Context, base string) ([]slicer.Owner, error) {
	src, err := s.open()
	if err != nil {
		return nil, err
	}
	return src.Owners(ctx, base)
}

func (s *lazySource) Prefetch(ctx context.Context, packages []*slicer.Package) error {
	src, err := s.open()
	if err != nil {
		return err
	}
	return src.Prefetch(ctx, packages)
}

func (s *lazySource) Contents(ctx context.Context, p *slicer.Package) (*slicer.Contents, error) {
	src, err := s.open()
	if err != nil {
		return nil, err
	}
	return src.Contents(ctx, p)
}
