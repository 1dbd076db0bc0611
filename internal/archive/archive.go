// Package archive reads signed Debian package archives, as apt's sources name
// them (sources.list(5); https://wiki.debian.org/DebianRepository/Format), and
// the packages that are installed in a Debian root, by dpkg's own records.
//
// Nothing from an archive is used before its digest was found in a Release file
// with a good signature (RFC 9580) of a key that the source trusts: Release
// names Packages by SHA256, and Packages the .deb. What was verified is kept in
// a cache, named by digest, so a warm start reads one Release a suite and a
// compact index, and no Packages text.
package archive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options say which archives to open, and how.
type Options struct {
	// Sources are the archives, in order of preference.
	Sources []Source
	// Bundle takes the place of Sources, Auth, Pins, DefaultRelease and the
	// network.
	Bundle *Bundle
	// Root is where keyrings and mirror lists are looked for, "/" if empty.
	Root string
	// Arch is the Debian architecture whose packages are wanted: "amd64".
	Arch string
	// Cache is a directory, made if missing. It may be shared by processes,
	// and read-only if nothing is missing in it.
	Cache string
	// Indexes is a directory of indexes that WriteIndexes has written, such as
	// a build image's: what is there is neither downloaded nor made. It is only
	// read; empty means none.
	Indexes string
	// Client makes the http requests, and knows of proxies and certificates.
	// Nil means a client without proxies.
	Client *http.Client
	// Auth holds logins, from ReadAuth.
	Auth []Auth
	// Pins change the choice among versions, from ReadPins.
	Pins []Pin
	// DefaultRelease is the suite, codename or version of a Release that comes
	// before others where no pin says otherwise; empty means none does.
	DefaultRelease string
	// Offline uses what is in the cache, and no network.
	Offline bool
	// AllowRollback accepts a Release older than the one in the cache.
	AllowRollback bool
	// Now is the clock that dates are checked against; nil means time.Now.
	Now func() time.Time
	// Jobs bounds parallel transfers; 0 means 4.
	Jobs int
	// IdleTimeout is the longest wait for a server's next byte; 0 means 30 s.
	IdleTimeout time.Duration
	// Retries are further attempts for an address that is unreachable or
	// breaks off; 0 means 3, and a negative number none.
	Retries int
	// Backoff is the wait before the first retry; 0 means half a second.
	Backoff time.Duration
	// Progress is told what happens, never by two goroutines at once. It may
	// be nil.
	Progress func(Progress)
}

// An Activity is what a Progress tells of.
type Activity string

// The activities. Note carries a Message for the user.
const (
	Refresh  Activity = "refresh"  // a suite's Release is being asked for
	Download Activity = "download" // Done of Total bytes of File are there
	Index    Activity = "index"    // File is being indexed
	Note     Activity = "note"
)

// Progress is one report.
type Progress struct {
	Activity    Activity
	Suite, File string
	Done, Total int64 // bytes
	Message     string
}

func (o Options) withDefaults() Options {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jobs <= 0 {
		o.Jobs = 4
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 30 * time.Second
	}
	if o.Retries == 0 {
		o.Retries = 3
	}
	o.Retries = max(o.Retries, 0)
	if o.Backoff <= 0 {
		o.Backoff = 500 * time.Millisecond
	}
	var mu sync.Mutex
	tell := o.Progress
	o.Progress = func(p Progress) {
		if tell == nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		tell(p)
	}
	return o
}

// An Archive is a set of suites, verified and ready to be searched. Its methods
// may be used by several goroutines.
type Archive struct {
	options   Options
	cache     *cache
	transport *transport
	sites     []*site
	lookups
}

// Open refreshes and verifies the Release of each suite, and loads their
// indexes, downloading those that are not in the cache. A mirror that cannot be
// reached is no error if the cache has a Release that is still valid; Progress
// is told so. Any doubt about a signature, a date or a digest is an error.
func Open(ctx context.Context, o Options) (*Archive, error) {
	o = o.withDefaults()
	if o.Arch == "" {
		return nil, errors.New("cannot open the archive: no architecture was given")
	}
	if o.Bundle != nil {
		sources, err := o.Bundle.sources(o.Arch)
		if err != nil {
			return nil, err
		}
		o.Sources, o.Pins, o.DefaultRelease, o.Auth, o.Offline = sources, o.Bundle.pins(), o.Bundle.DefaultRelease, nil, false
	}
	c, err := openCache(o.Cache)
	if err != nil {
		return nil, err
	}
	a := &Archive{options: o, cache: c, transport: newTransport(o)}
	if a.sites, err = a.listSites(ctx); err == nil {
		err = a.load(ctx)
	}
	if err != nil {
		_ = a.Close()
		return nil, err
	}
	return a, nil
}

// Written is how many bytes were written to the cache since the archive was
// opened.
func (a *Archive) Written() int64 { return a.cache.written.Load() }

// Close releases the files that the archive holds open.
func (a *Archive) Close() error {
	var errs []error
	for _, s := range a.sites {
		for _, x := range s.indexes {
			errs = append(errs, x.file.Close())
		}
	}
	a.contentsMu.Lock()
	defer a.contentsMu.Unlock()
	for _, x := range a.contents {
		if x.openedIndex != nil {
			errs = append(errs, x.file.Close())
		}
	}
	return errors.Join(append(errs, a.cache.close())...)
}

// listSites makes one site of each suite of each source that serves the
// architecture.
func (a *Archive) listSites(ctx context.Context) ([]*site, error) {
	o := a.options
	var sites []*site
	for place, source := range o.Sources {
		if source.Unsigned != "" {
			return nil, source.errorf("it says %s, and only signed archives are used here; sign it, or disable the entry", source.Unsigned)
		}
		if err := source.check(); err != nil {
			return nil, err
		}
		if !source.serves(o.Arch) {
			continue
		}
		if err := source.checkURIs(); err != nil && !source.bundled {
			return nil, err
		}
		mirrors, err := a.mirrors(ctx, source)
		if err != nil {
			return nil, err
		}
		keys, err := source.keyring(o.Root)
		if err != nil {
			return nil, err
		}
		for _, suite := range source.Suites {
			sites = append(sites, &site{source: source, place: place, suite: withArch(suite, o.Arch), mirrors: mirrors, keys: keys})
		}
	}
	if len(sites) == 0 {
		return nil, fmt.Errorf("cannot open the archive: no source has packages for %s", o.Arch)
	}
	return sites, nil
}

// load brings all sites up, several at once. The first site's error is
// reported, in the order of the sources, not that which came first.
func (a *Archive) load(ctx context.Context) error {
	errs := make([]error, len(a.sites))
	var group errgroup.Group
	group.SetLimit(a.options.Jobs)
	for i, s := range a.sites {
		group.Go(func() error {
			errs[i] = a.loadSite(ctx, s)
			return nil
		})
	}
	_ = group.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("cannot use suite %s (%s): %w", a.sites[i].suite, a.sites[i].source.Name, err)
		}
	}
	for _, s := range a.sites {
		if len(s.indexes) > 0 {
			return nil
		}
	}
	return fmt.Errorf("cannot open the archive: no suite has packages for %s", a.options.Arch)
}

// loadSite refreshes one suite and its indexes. A mirror may be updated between
// the two, and then the indexes are not those of the Release: once, everything
// is asked for again.
func (a *Archive) loadSite(ctx context.Context, s *site) error {
	if err := a.refresh(ctx, s); err != nil {
		return err
	}
	err := a.loadIndexes(ctx, s)
	if err == nil || a.options.Offline || s.stale || ctx.Err() != nil || !isSkew(err) {
		return err
	}
	before := s.digest
	if again := a.refresh(ctx, s); again != nil || s.digest == before {
		return err
	}
	return a.loadIndexes(ctx, s)
}

// isSkew tells errors that an update of the mirror explains.
func isSkew(err error) bool {
	var status statusError
	return errors.Is(err, errMismatch) || errors.Is(err, errTooLarge) || errors.As(err, &status) && status.code == http.StatusNotFound
}

func (a *Archive) note(suite, format string, args ...any) {
	a.options.Progress(Progress{Activity: Note, Suite: suite, Message: fmt.Sprintf(format, args...)})
}
