package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
)

// origin is where packages and definitions come from: flags that several commands share.
type origin struct {
	release string // a directory, or the name of a release that whittle brings
	sources string
	bundle  string
	suite   string
	cache   string
	offline bool
	jobs    int

	unlisted bool   // packages that no suite lists will do
	rollback bool   // an older Release than the cache has seen will do
	caFile   string // certificates that are trusted as well
	proxies  packages.Network
	used     *string // told the cache, if it is to be bounded

	found *release.Release // see opened
}

const (
	defaultRelease = "debian-13"
	noRelease      = "none" // no definitions
)

func (o *origin) flags(c *cobra.Command, t *tool) {
	o.proxies, o.used = proxies(t.env), &t.cache
	f := c.Flags()
	f.StringVar(&o.release, "release", defaultRelease, "slice definitions: a `directory`, or a release that whittle brings")
	f.StringVar(&o.sources, "sources", "", "apt sources `file` to use instead of the machine's")
	f.StringVar(&o.bundle, "bundle", "", "take everything from this bundle `file` (or directory), and use no network")
	f.StringVar(&o.suite, "suite", "", "take this suite of the Debian archive, whatever the sources say (default: the release's)")
	f.StringVar(&o.cache, "cache", defaultCache(t.env), "`directory` for indexes and packages")
	f.BoolVar(&o.offline, "offline", false, "use what the cache has, and no network")
	f.BoolVar(&o.unlisted, "allow-unlisted", false, "take locked packages that no suite lists any more: only the lock's digest vouches for them")
	f.BoolVar(&o.rollback, "allow-rollback", false, "take an archive that is older than the one seen before")
	f.StringVar(&o.caFile, "ca-file", "", "trust the certificates in this `file` too, for https")
	f.IntVar(&o.jobs, "jobs", 0, "parallel downloads (default: a few)")
}

func defaultCache(env func(string) string) string {
	switch {
	case env("WHITTLE_CACHE") != "":
		return env("WHITTLE_CACHE")
	case env("XDG_CACHE_HOME") != "":
		return filepath.Join(env("XDG_CACHE_HOME"), "whittle")
	case env("HOME") != "":
		return filepath.Join(env("HOME"), ".cache", "whittle")
	default:
		return filepath.Join(os.TempDir(), "whittle-cache")
	}
}

// check refuses flags that contradict each other.
func (o *origin) check() error {
	if o.bundle != "" && (o.sources != "" || o.suite != "") {
		return errors.New("cannot take packages from both a --bundle and --sources or --suite: a bundle has its own")
	}
	return nil
}

// proxies reads what curl, wget and apt read, too, in either case: Docker's builds have both.
func proxies(env func(string) string) packages.Network {
	return packages.Network{
		HTTPProxy:  cmp.Or(env("http_proxy"), env("HTTP_PROXY")),
		HTTPSProxy: cmp.Or(env("https_proxy"), env("HTTPS_PROXY")),
		NoProxy:    cmp.Or(env("no_proxy"), env("NO_PROXY")),
	}
}

// codename is the suite of a release that whittle brings, or of a directory of its name: bookworm for debian-12. Empty for
// other releases.
func (o *origin) codename() string {
	from := o
	if name := path.Base(filepath.ToSlash(o.release)); !o.brings() {
		if from = (&origin{release: name}); !from.brings() {
			return ""
		}
	}
	r, err := from.opened()
	if err != nil || r.Archives["debian"] == nil {
		return "" // the definitions are read again, and it is told then
	}
	return r.Archives["debian"].Suites[0]
}

// knownSuites are the suites by which Debian's own archive is recognised among the machine's sources.
var knownSuites = []string{"bullseye", "bookworm", "trixie", "forky", "sid"}

// suites maps the suites of the machine's Debian archive to those of the release, so that a Debian 12 machine makes
// Debian 13 images from the archive that it trusts already. A sources file is taken as it is.
func (o *origin) suites() map[string]string {
	to := o.suite
	if to == "" && o.sources == "" {
		to = o.codename()
	}
	if to == "" {
		return nil
	}
	names := map[string]string{to: to}
	for _, from := range append(slices.Clone(knownSuites), to) {
		for _, part := range []string{"", "-updates", "-security"} {
			names[from+part] = to + part
		}
	}
	return names
}

// archive opens the signed archive for an architecture.
func (o *origin) archive(ctx context.Context, arch string, p *progress) (*packages.Archive, error) {
	if o.used != nil && !o.offline { // without the network, what is pruned could not come back
		*o.used = o.cache
	}
	network := o.proxies
	network.CAFile = o.caFile
	a, err := packages.OpenArchive(ctx, packages.ArchiveOptions{
		Sources: o.sources, Bundle: o.bundle, Suites: o.suites(), Arch: arch, Cache: o.cache, Network: network, Offline: o.offline,
		AllowRollback: o.rollback, AllowUnlisted: o.unlisted, Jobs: o.jobs, Progress: p.say, Note: p.note, Transfer: p.transfer,
	})
	var at *fs.PathError
	if full, _ := filepath.Abs(o.cache); errors.As(err, &at) && (strings.HasPrefix(at.Path, full) || strings.HasPrefix(full, at.Path)) {
		return nil, about(givenCache, err)
	}
	return a, about(givenSources, err)
}

// files are the release's files: definitions, run images and doors.
func (o *origin) files() (fs.FS, error) {
	if i, err := os.Stat(o.release); err == nil && i.IsDir() {
		return openFolder(o.release)
	}
	if !fs.ValidPath(o.release) || strings.Contains(o.release, "/") {
		return nil, about(givenRelease, fmt.Errorf("cannot find release %s: there is no such directory", o.release))
	}
	if i, err := fs.Stat(releases.FS, o.release); err != nil || !i.IsDir() {
		return nil, about(givenRelease, fmt.Errorf("cannot find release %s: it is no directory, and whittle brings %s", o.release, strings.Join(embedded(), ", ")))
	}
	return fs.Sub(releases.FS, o.release)
}

func embedded() []string {
	var names []string
	entries, err := fs.ReadDir(releases.FS, ".")
	for _, e := range entries {
		if err == nil && e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// opened is the release as it is found, once; nil for none.
func (o *origin) opened() (*release.Release, error) {
	if o.release == noRelease || o.found != nil {
		return o.found, nil
	}
	fsys, err := o.files()
	if err == nil {
		o.found, err = release.Open(fsys)
	}
	return o.found, err
}

// definitions reads the release; "none" is for cutting by package names alone.
func (o *origin) definitions() (*release.Release, error) {
	r, err := o.opened()
	if err == nil && r != nil && !o.brings() {
		err = r.ReadAll()
	}
	return r, err
}

// basis identifies the definitions to cut by: those that whittle brings by their name, because they are a part of its build.
func (o *origin) basis() (string, error) {
	if o.release == noRelease || o.brings() {
		return o.release, nil
	}
	r, err := o.opened()
	if err != nil {
		return "", err
	}
	return r.Digest(), nil
}

// brings tells whether the release is one that whittle brings, and no directory of that name.
func (o *origin) brings() bool {
	i, err := os.Stat(o.release)
	return (err != nil || !i.IsDir()) && slices.Contains(embedded(), o.release)
}

// checked are the definitions to cut by. A release of the user's is held against itself, once for each state of its files;
// those that whittle brings were when whittle was made.
func (o *origin) checked() (*release.Release, error) {
	r, err := o.opened()
	if err != nil || r == nil || o.brings() {
		return r, err
	}
	if err := release.ValidateOnce(r, o.cache); err != nil {
		return nil, releaseError{o.release, err}
	}
	return r, nil
}

// machineArch is Debian's name for the architecture whittle runs on; the two that it cuts for have Go's names.
func machineArch() string { return runtime.GOARCH }

func readFloor(name string) (*contract.Floor, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, about(givenFloor, fmt.Errorf("cannot read floor: %w", err))
	}
	floor, err := readNamed(f, name, contract.ReadFloor)
	return floor, about(givenFloor, err)
}

// readNamed reads an open file and closes it. What is wrong with its text is told with its name.
func readNamed[T any](f io.ReadCloser, name string, read func(io.Reader) (T, error)) (T, error) {
	defer f.Close()
	text, err := read(f)
	if err != nil {
		err = fmt.Errorf("%w (%s)", err, name)
	}
	return text, err
}

// closeAll closes in turn and joins what went wrong with err.
func closeAll(err error, closers ...interface{ Close() error }) error {
	for _, c := range closers {
		err = errors.Join(err, c.Close())
	}
	return err
}
