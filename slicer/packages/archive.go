package packages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"whittle.dev/whittle/internal/archive"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// Network is what the environment says of proxies and certificates.
type Network = archive.Network

// Archive is the signed archives of a machine or of a sources file, as one Source.
type Archive struct {
	in     *archive.Archive
	bundle *archive.Bundle // nil for the archives themselves
	name   string
	cache  string // directory
	store  *store.Store
	lent   *store.Store // of ArchiveOptions.Unpacked; nil for none
	queue  *fetchQueue

	unlisted bool         // packages that no suite lists are taken by the digest of a lock
	docless  bool         // documentation is not kept unpacked
	note     func(string) // tells the user what is so even if all goes well

	mu        sync.Mutex
	recovered map[string]*archive.Package // by digest: locked, and in no index
	read      map[string]*Package         // by digest: what was looked into
}

// defaultJobs are parallel downloads: what a transatlantic server needs to fill a good line.
const defaultJobs = 8

// OpenArchive opens and verifies the archives.
func OpenArchive(ctx context.Context, o ArchiveOptions) (*Archive, error) {
	if o.Root == "" {
		o.Root = "/"
	}
	a := &Archive{name: o.nameOf(), cache: o.Cache, read: map[string]*Package{}, unlisted: o.AllowUnlisted, docless: o.WithoutDocs, note: o.tell}
	a.queue = newFetchQueue(cmp.Or(max(o.Jobs, 0), defaultJobs), runtime.GOMAXPROCS(0), a.get)
	var err error
	if o.Bundle != "" {
		a.in, a.bundle, err = openBundled(ctx, o)
	} else {
		a.in, err = openSigned(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if a.store, err = store.Open(filepath.Join(o.Cache, unpackedDir)); err != nil {
		return nil, errors.Join(err, a.in.Close(), a.closeBundle())
	}
	a.lent = openLent(o.Unpacked)
	return a, nil
}

// Close releases the cache.
func (a *Archive) Close() error {
	a.queue.close()
	noteGrowth(a.cache, a.in.Written()+a.store.Written())
	if a.lent != nil {
		a.lent.Close()
	}
	return errors.Join(a.in.Close(), a.store.Close(), a.closeBundle())
}

func (a *Archive) closeBundle() error {
	if a.bundle == nil {
		return nil
	}
	return a.bundle.Close()
}

// Name implements Source.
func (a *Archive) Name() string { return a.name }

// Snapshots implements Source.
func (a *Archive) Snapshots() []manifest.Snapshot {
	var out []manifest.Snapshot
	for _, s := range a.in.Snapshots() {
		out = append(out, manifest.Snapshot{Suite: s.Suite, Origin: s.Origin, Date: s.Date.UTC().Format(time.RFC3339), SHA256: s.ReleaseSHA256})
	}
	return out
}

// Package implements Source.
func (a *Archive) Package(_ context.Context, name string) (*Package, error) {
	p, err := a.in.Package(name)
	if errors.Is(err, archive.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", err, ErrNoPackage)
	}
	if err != nil {
		return nil, err
	}
	return describeArchived(p), nil
}

// Versions implements Source.
func (a *Archive) Versions(_ context.Context, name string) ([]*Package, error) {
	found, err := a.in.Versions(name)
	if err != nil {
		return nil, err
	}
	all := make([]*Package, len(found))
	for i, p := range found {
		all[i] = describeArchived(p)
	}
	return all, nil
}

func describeArchived(p *archive.Package) *Package {
	origin := p.Suite
	if p.Origin != "" {
		origin = p.Origin + " " + p.Suite
	}
	return &Package{
		Name: p.Name, Version: p.Version, Architecture: p.Architecture, Source: p.Source, SourceVersion: p.SourceVersion,
		SHA256: p.SHA256, Size: p.Size, Origin: origin, Filename: p.Filename, Depends: joinDepends(p.PreDepends, p.Depends), Recommends: p.Recommends,
		Provides: p.Provides, Section: p.Section, Priority: p.Priority, Essential: p.Essential, Homepage: p.Homepage,
		Maintainer: p.Maintainer, Description: p.Description,
	}
}

func joinDepends(pre, deps string) string {
	if pre == "" || deps == "" {
		return pre + deps
	}
	return pre + ", " + deps
}

// Providers implements Source.
func (a *Archive) Providers(_ context.Context, virtual string) ([]*Package, error) {
	var out []*Package
	providers, err := a.in.Providers(virtual)
	for _, p := range providers {
		out = append(out, describeArchived(p))
	}
	return out, err
}

// Owners implements Source. For a library, packages named by Debian's rule for its soname (Policy 8.1) are looked into
// first: the archive's Contents index is tens of megabytes and lists what a suite once had.
func (a *Archive) Owners(ctx context.Context, base string) ([]Owner, error) {
	for _, name := range debian.PackagesOfSoname(base) {
		p, err := a.Package(ctx, name)
		if errors.Is(err, ErrNoPackage) {
			continue
		}
		if err != nil {
			return nil, err
		}
		c, err := a.Contents(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, e := range c.Entries {
			if paths.Base(e.Path) == base && e.Kind != tree.Directory {
				return []Owner{{Path: e.Path, Package: name}}, nil
			}
		}
	}
	found, err := a.in.Owners(ctx, base)
	if err != nil {
		return nil, err
	}
	return ownersOf(found), nil
}

// Fetch implements Source.
func (a *Archive) Fetch(ctx context.Context, packages []*Package) error {
	a.queue.prefetch(ctx, packages) // all at once: what is asked for one by one would come in that order
	var first error
	for _, p := range packages {
		_, err := a.queue.want(ctx, p)
		if errors.Is(err, ErrNotBundled) {
			continue // not all that is made ready is looked into; what is has been bundled
		}
		first = cmp.Or(first, err)
	}
	return first
}

// Prefetch implements Source.
func (a *Archive) Prefetch(ctx context.Context, packages []*Package) (stop func()) {
	return a.queue.prefetch(ctx, packages)
}

// Contents implements Source.
func (a *Archive) Contents(ctx context.Context, p *Package) (*Contents, error) {
	a.mu.Lock()
	a.read[p.SHA256] = p
	a.mu.Unlock()
	return a.queue.want(ctx, p)
}

// get gets a package of the queue.
func (a *Archive) get(e *fetch) (*Contents, error) {
	c, err := listed(a.store, e.pkg)
	if err != nil && a.lent != nil {
		c, err = listed(a.lent, e.pkg)
	}
	if err != nil {
		if c, err = a.unpack(e); err != nil {
			return nil, err
		}
	}
	c.readFrom(a.filesOf(e.caller, e.pkg))
	return c, nil
}

// filesOf is where the files of a package lie, or will when they are asked for.
func (a *Archive) filesOf(ctx context.Context, p *Package) *unpacked {
	return &unpacked{lent: a.lent, store: a.store, again: a.anew(ctx, p)}
}

// anew unpacks a package of which the store lost a file, or never had it, with all of its files. The fetch that it came by may
// have ended long ago.
func (a *Archive) anew(ctx context.Context, p *Package) func() error {
	return func() error {
		_, err := a.unpack(&fetch{pkg: p, ctx: ctx, wanted: true, whole: true})
		return err
	}
}

// unpack brings a package into the store, downloading it if it is not in the cache.
func (a *Archive) unpack(e *fetch) (c *Contents, err error) {
	if err := a.queue.do(e, &a.queue.fetching, func() error { return a.download(e.ctx, e.pkg) }); err != nil {
		return nil, err
	}
	err = a.queue.do(e, &a.queue.unpacking, func() error {
		deb, err := a.deb(e.ctx, e.pkg)
		if err != nil {
			return err
		}
		defer deb.Close()
		if c, err = unpack(e.ctx, a.store, deb, e.pkg, a.docless && !e.whole); err != nil {
			return fmt.Errorf("cannot use package %s %s: %w", e.pkg.Name, e.pkg.Version, err)
		}
		return nil
	})
	return c, err
}

// download brings the .deb into the cache. It is not kept open: hundreds of packages may wait to be unpacked.
func (a *Archive) download(ctx context.Context, p *Package) error {
	f, err := a.deb(ctx, p)
	if err != nil {
		return err
	}
	return f.Close()
}

// deb opens the .deb in the cache, and downloads it if it is not there, perhaps no more, because others prune the cache.
func (a *Archive) deb(ctx context.Context, p *Package) (*os.File, error) {
	found, err := a.archived(p)
	if err != nil {
		return nil, err
	}
	return a.in.Fetch(ctx, found)
}
