package slicer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"whittle.dev/whittle/internal/archive"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/internal/text"
)

// ArchiveOptions say which signed archive to open, and where its cache is.
type ArchiveOptions struct {
	Root          string            // whose apt configuration, keyrings and logins count; "/" if empty
	Sources       string            // a file of apt sources instead of those of Root
	Suites        map[string]string // replacements for suite names: bookworm → trixie; entries of other suites are dropped when set
	Bundle        string            // a bundle, which takes the place of all configuration and of the network
	Arch          string            // Debian's name
	Cache         string            // directory for indexes, packages and unpacked files
	Network       Network           // what the environment says of proxies and certificates
	Client        *http.Client      // instead of what apt's settings and Network say; nil for those
	Offline       bool              // use what the cache has and no network
	AllowRollback bool              // accept a Release older than the one that the cache has seen
	Jobs          int               // parallel downloads; 0 for the default
	Progress      func(string)      // nil for none
	// Note is told what the user should know even if all goes well, such as that the cache is used because the network
	// is down. Nil: Progress is told.
	Note func(string)
	// Transfer is told how many bytes of a file have been downloaded, often. Nil: Progress is told when it is there.
	Transfer func(file string, done, total int64)
}

// Errors of archives that callers have an answer to.
var (
	ErrUnreachable = archive.ErrUnreachable // no route, a stall, a server in trouble
	ErrRollback    = archive.ErrRollback    // AllowRollback takes it all the same
	ErrExpired     = archive.ErrExpired     // the source's option check-valid-until=no takes it all the same
	ErrUnsigned    = archive.ErrUnsigned    // no valid signature by a trusted key
)

// Network is what the environment says of proxies and certificates.
type Network = archive.Network

// Archive is the signed archives of a machine or of a sources file, as one Source.
type Archive struct {
	in      *archive.Archive
	bundle  *archive.Bundle // nil for the archives themselves
	name    string
	cache   string // directory
	store   *store.Store
	getting *errands

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
	a := &Archive{name: o.nameOf(), cache: o.Cache, read: map[string]*Package{}}
	a.getting = newErrands(cmp.Or(max(o.Jobs, 0), defaultJobs), runtime.GOMAXPROCS(0), a.get)
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
	return a, nil
}

// openSigned opens the archives as apt's configuration has it.
func openSigned(ctx context.Context, o ArchiveOptions) (*archive.Archive, error) {
	settings, err := archive.ReadConfig(o.Root)
	if err != nil {
		return nil, err
	}
	sources, err := readSources(o)
	if err != nil {
		return nil, err
	}
	auth, err := archive.ReadAuth(o.Root)
	if err != nil {
		return nil, err
	}
	client := o.Client
	if client == nil {
		if client, err = archive.NewClient(settings, o.Root, o.Network); err != nil {
			return nil, err
		}
	}
	in := archive.Options{
		Sources: settings.Sources(sources), Root: o.Root, Arch: o.Arch, Cache: o.Cache, Client: client, Auth: auth,
		Offline: o.Offline, AllowRollback: o.AllowRollback, Jobs: o.Jobs, Now: time.Now, IdleTimeout: settings.Timeout(),
		Retries: settings.Retries(), Progress: o.report,
	}
	if o.Suites == nil && o.Sources == "" { // preferences are about the machine's own release
		in.DefaultRelease = settings.DefaultRelease()
		if in.Pins, err = archive.ReadPins(o.Root); err != nil {
			return nil, err
		}
	}
	return archive.Open(ctx, in)
}

func readSources(o ArchiveOptions) ([]archive.Source, error) {
	var sources []archive.Source
	var err error
	if o.Sources != "" {
		data, rerr := os.ReadFile(o.Sources)
		if rerr != nil {
			return nil, fmt.Errorf("cannot read apt sources: %w", rerr)
		}
		sources, err = archive.ParseSources(o.Sources, data)
	} else {
		sources, err = archive.ReadSources(o.Root)
	}
	if err != nil || o.Suites == nil {
		return sources, err
	}
	return replaceSuites(sources, o.Suites)
}

// replaceSuites keeps the entries of known suites under their new names: this is how a Debian 12 machine makes Debian
// 13 images from the archive that it already trusts. Entries of third parties are not of that release.
func replaceSuites(sources []archive.Source, names map[string]string) ([]archive.Source, error) {
	var kept []archive.Source
	for _, s := range sources {
		var suites []string
		for _, suite := range s.Suites {
			if to, ok := names[suite]; ok {
				suites = append(suites, to)
			}
		}
		if len(suites) > 0 {
			s.Suites = suites
			s.Components = slices.DeleteFunc(slices.Clone(s.Components), func(c string) bool { return c != "main" })
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return nil, errors.New("cannot find the Debian archive: the apt sources of this machine name none of its suites")
	}
	return kept, nil
}

// report passes on what the archive tells of its work.
func (o ArchiveOptions) report(p archive.Progress) {
	switch {
	case p.Activity == archive.Download && o.Transfer != nil:
		o.Transfer(p.File, p.Done, p.Total)
	case p.Activity == archive.Note && o.Note != nil:
		o.Note(p.Message)
	case o.Progress == nil:
	case p.Activity == archive.Note:
		o.Progress(p.Message)
	case p.Activity == archive.Download && p.Done == p.Total:
		o.Progress("downloaded " + p.File + " (" + text.Bytes(p.Total) + ")")
	case p.Activity == archive.Index:
		o.Progress("indexing " + p.File)
	}
}

// Close releases the cache.
func (a *Archive) Close() error {
	a.getting.close()
	noteGrowth(a.cache, a.in.Written()+a.store.Written())
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

// Snapshots identifies the state of the archive that was used.
func (a *Archive) Snapshots() []Snapshot {
	var out []Snapshot
	for _, s := range a.in.Snapshots() {
		out = append(out, Snapshot{Suite: s.Suite, Origin: s.Origin, Date: s.Date.UTC().Format(time.RFC3339), SHA256: s.ReleaseSHA256})
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

// Versions returns all versions of a package that the archive has, the one to be used first; none is no error.
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
			if paths.Base(e.Path) == base && e.Kind != Directory {
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

// Prefetch implements Source.
func (a *Archive) Prefetch(ctx context.Context, packages []*Package) error {
	a.getting.foresee(ctx, packages) // all at once: what is asked for one by one would come in that order
	var first error
	for _, p := range packages {
		_, err := a.getting.want(ctx, p)
		if errors.Is(err, ErrNotBundled) {
			continue // not all that is made ready is looked into; what is has been bundled
		}
		first = cmp.Or(first, err)
	}
	return first
}

// foresee begins to get packages that will probably be asked for, and does not wait for them. Stop ends what nobody has asked
// for until then.
func (a *Archive) foresee(ctx context.Context, packages []*Package) (stop func()) {
	return a.getting.foresee(ctx, packages)
}

// Contents implements Source.
func (a *Archive) Contents(ctx context.Context, p *Package) (*Contents, error) {
	a.mu.Lock()
	a.read[p.SHA256] = p
	a.mu.Unlock()
	return a.getting.want(ctx, p)
}

// get does an errand.
func (a *Archive) get(e *errand) (*Contents, error) {
	again := a.anew(e.caller, e.pkg)
	c, err := listed(a.store, e.pkg.SHA256, again)
	if err == nil {
		return c, nil
	}
	if c, err = a.unpack(e); err != nil {
		return nil, err
	}
	c.readFrom(&unpacked{store: a.store, again: again})
	return c, nil
}

// anew unpacks a package of which the store lost a file. The errand that it came by may have ended long ago.
func (a *Archive) anew(ctx context.Context, p *Package) func() error {
	return func() error {
		_, err := a.unpack(&errand{pkg: p, ctx: ctx, wanted: true})
		return err
	}
}

// unpack brings a package into the store, downloading it if it is not in the cache.
func (a *Archive) unpack(e *errand) (c *Contents, err error) {
	if err := a.getting.do(e, &a.getting.fetching, func() error { return a.fetch(e.ctx, e.pkg) }); err != nil {
		return nil, err
	}
	err = a.getting.do(e, &a.getting.unpacking, func() error {
		deb, err := a.deb(e.ctx, e.pkg)
		if err != nil {
			return err
		}
		defer deb.Close()
		if c, err = unpack(e.ctx, a.store, deb, e.pkg.SHA256); err != nil {
			return fmt.Errorf("cannot use package %s %s: %w", e.pkg.Name, e.pkg.Version, err)
		}
		return nil
	})
	return c, err
}

// fetch brings the .deb into the cache. It is not kept open: hundreds of packages may wait to be unpacked.
func (a *Archive) fetch(ctx context.Context, p *Package) error {
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
