package packages

import (
	"context"
	"sync"
	"sync/atomic"

	"whittle.dev/whittle/slicer/manifest"
)

// Lazy is a source that is opened when it is first asked. The signed archive is such a source for a build: one that finds
// everything among the installed packages never reads it, and so works without any network. An error of open is that of
// every method that has one; open is called once.
func Lazy(name string, open func() (Source, error)) Source {
	l := &lazy{name: name}
	l.open = sync.OnceValues(func() (Source, error) {
		s, err := open()
		if err == nil {
			l.opened.Store(&s)
		}
		return s, err
	})
	return l
}

type lazy struct {
	name   string
	open   func() (Source, error)
	opened atomic.Pointer[Source]
}

// Name implements Source.
func (l *lazy) Name() string { return l.name }

// Package implements Source.
func (l *lazy) Package(ctx context.Context, name string) (*Package, error) {
	s, err := l.open()
	if err != nil {
		return nil, err
	}
	return s.Package(ctx, name)
}

// Versions implements Source.
func (l *lazy) Versions(ctx context.Context, name string) ([]*Package, error) {
	s, err := l.open()
	if err != nil {
		return nil, err
	}
	return s.Versions(ctx, name)
}

// Recover implements Source.
func (l *lazy) Recover(ctx context.Context, p *Package) (*Package, error) {
	s, err := l.open()
	if err != nil {
		return nil, err
	}
	return s.Recover(ctx, p)
}

// Providers implements Source.
func (l *lazy) Providers(ctx context.Context, virtual string) ([]*Package, error) {
	s, err := l.open()
	if err != nil {
		return nil, err
	}
	return s.Providers(ctx, virtual)
}

// Owners implements Source.
func (l *lazy) Owners(ctx context.Context, base string) ([]Owner, error) {
	s, err := l.open()
	if err != nil {
		return nil, err
	}
	return s.Owners(ctx, base)
}

// Symbols implements Source.
func (l *lazy) Symbols(ctx context.Context, p *Package) (string, error) {
	s, err := l.open()
	if err != nil {
		return "", err
	}
	return s.Symbols(ctx, p)
}

// Prefetch implements Source. It opens nothing: what is asked of it may never be asked for.
func (l *lazy) Prefetch(ctx context.Context, packages []*Package) (stop func()) {
	if s := l.opened.Load(); s != nil {
		return (*s).Prefetch(ctx, packages)
	}
	return func() {}
}

// Fetch implements Source.
func (l *lazy) Fetch(ctx context.Context, packages []*Package) error {
	s, err := l.open()
	if err != nil {
		return err
	}
	return s.Fetch(ctx, packages)
}

// Contents implements Source.
func (l *lazy) Contents(ctx context.Context, p *Package) (*Contents, error) {
	s, err := l.open()
	if err != nil {
		return nil, err
	}
	return s.Contents(ctx, p)
}

// Snapshots implements Source: a source that was not opened has read no archive.
func (l *lazy) Snapshots() []manifest.Snapshot {
	if s := l.opened.Load(); s != nil {
		return (*s).Snapshots()
	}
	return nil
}

// Identity implements Source.
func (l *lazy) Identity() (string, error) {
	s, err := l.open()
	if err != nil {
		return "", err
	}
	return s.Identity()
}

// State implements Source.
func (l *lazy) State(p *Package) (string, error) {
	s, err := l.open()
	if err != nil {
		return "", err
	}
	return s.State(p)
}

// Unlisted implements Source. Whoever asks has compared the Identity.
func (l *lazy) Unlisted(ctx context.Context, p *Package) *Contents {
	s, err := l.open()
	if err != nil {
		return nil
	}
	return s.Unlisted(ctx, p)
}
