package packages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"time"

	"whittle.dev/whittle/internal/archive"
	"whittle.dev/whittle/internal/owned"
	"whittle.dev/whittle/internal/text"
)

// ArchiveOptions say which signed archive to open, and where its cache is.
type ArchiveOptions struct {
	Root          string            // whose apt configuration, keyrings and logins count; "/" if empty
	Sources       string            // a file of apt sources instead of those of Root
	Auth          string            // a file of apt's logins beside those of Root
	Suites        map[string]string // replacements for suite names: bookworm → trixie; where there are any, entries of other suites are passed over
	Bundle        string            // a bundle, which takes the place of all configuration and of the network
	Arch          string            // Debian's name
	Cache         string            // directory for indexes, packages and unpacked files
	Indexes       string            // directory of indexes of packages that WriteIndexes has written; empty for none
	Unpacked      string            // directory of unpacked packages that WriteUnpacked has written; empty for none
	Network       Network           // what the environment says of proxies and certificates
	Client        *http.Client      // instead of what apt's settings and Network say; nil for those
	Offline       bool              // use what the cache has and no network
	AllowRollback bool              // accept a Release older than the one that the cache has seen
	AllowUnlisted bool              // accept packages that no suite lists, by the digest of a lock; see Archive.Recover
	WithoutDocs   bool              // keep no documentation unpacked: a package is unpacked once more for a page that is asked for
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
	ErrUnreachable = archive.ErrUnreachable                                                // no route, a stall, a server in trouble
	ErrOffline     = archive.ErrOffline                                                    // the cache lacks it, and Offline is set
	ErrRollback    = archive.ErrRollback                                                   // AllowRollback takes it all the same
	ErrExpired     = archive.ErrExpired                                                    // the source's option check-valid-until=no takes it all the same
	ErrUnsigned    = archive.ErrUnsigned                                                   // no valid signature by a trusted key
	ErrUnlisted    = errors.New("no suite lists it, so that only the lock vouches for it") // AllowUnlisted takes it all the same
	ErrShared      = owned.ErrShared                                                       // another user can change the cache
)

// CheckCache returns an error, which wraps ErrShared, if another user than this one and root owns a cache or may write to it. One
// that is not there is good.
func CheckCache(dir string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = owned.Check(info)
	}
	if err != nil {
		return fmt.Errorf("cannot use the cache %s: %w", dir, err)
	}
	return nil
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
	if o.Auth != "" {
		more, err := archive.ReadAuthFile(o.Auth)
		if err != nil {
			return nil, err
		}
		auth = append(more, auth...)
	}
	client := o.Client
	if client == nil {
		if client, err = archive.NewClient(settings, o.Root, o.Network); err != nil {
			return nil, err
		}
	}
	in := archive.Options{
		Sources: settings.Sources(sources), Root: o.Root, Arch: o.Arch, Cache: o.Cache, Indexes: o.Indexes, Client: client, Auth: auth,
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

// Suites are the suites of the sources that an archive would be opened with, as they are written, sorted. Nothing is read but apt's
// configuration.
func Suites(o ArchiveOptions) ([]string, error) {
	sources, err := readSources(o)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, s := range sources {
		all = append(all, s.Suites...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
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

// tell tells the user something.
func (o ArchiveOptions) tell(message string) {
	o.report(archive.Progress{Activity: archive.Note, Message: message})
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
