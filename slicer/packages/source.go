package packages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// ErrNoPackage is wrapped by errors about a package that a source does not have.
var ErrNoPackage = errors.New("no such package")

// Package describes one Debian package of a source. Dependency fields are as in the control file (Debian Policy 7).
type Package struct {
	Name          string
	Version       string
	Architecture  string // amd64, arm64 … or all
	Source        string // source package; equal to Name where the control file says nothing
	SourceVersion string
	SHA256        string // of the .deb, hex; empty for an installed package
	Size          int64  // of the .deb, bytes
	Origin        string // "installed", or the suite of the archive
	Filename      string // of the .deb below the archive's address; empty for an installed package
	Depends       string // Pre-Depends and Depends, joined by a comma
	Recommends    string
	Provides      string
	Section       string
	Priority      string
	Essential     bool
	Homepage      string
	Maintainer    string
	Description   string
}

// Source offers packages: a signed archive, or the packages installed in a root. All methods are safe for use by
// several goroutines. A wrapper has to pass every method on; where a source cannot answer, the method says what that looks
// like, and Plain has those answers.
type Source interface {
	// Name says what kind of source this is, for messages: "installed packages", "Debian archive".
	Name() string
	// Package returns the package with that name. The error wraps ErrNoPackage when there is none, and names the
	// nearest ones.
	Package(ctx context.Context, name string) (*Package, error)
	// Versions returns every version that the source has of a package, the one to be used first; none is no error.
	Versions(ctx context.Context, name string) ([]*Package, error)
	// Recover returns a package that the source no longer lists, by its Filename and SHA256, such as one of a lock. The error
	// wraps ErrNoPackage where it is not to be had, or the source knows only what it lists.
	Recover(ctx context.Context, p *Package) (*Package, error)
	// Providers returns the packages that provide a virtual package (Policy 7.5), sorted by name.
	Providers(ctx context.Context, virtual string) ([]*Package, error)
	// Owners returns the packages that ship a file with this base name ("libgmp.so.10"), best first.
	Owners(ctx context.Context, base string) ([]Owner, error)
	// Symbols is the symbols file of a package (deb-symbols(5)); empty when it has none or the source cannot tell.
	Symbols(ctx context.Context, p *Package) (string, error)
	// Prefetch begins to make the contents of packages ready that will probably be asked for, and does not wait. Stop ends
	// what nobody has asked for until then. A source with nothing to gain does nothing.
	Prefetch(ctx context.Context, packages []*Package) (stop func())
	// Fetch makes the contents of packages ready, in parallel, and waits for them.
	Fetch(ctx context.Context, packages []*Package) error
	// Contents returns what the package holds.
	Contents(ctx context.Context, p *Package) (*Contents, error)
	// Snapshots identifies the states of the archives that the source has read; nil where there are none.
	Snapshots() []manifest.Snapshot
	// Identity is a digest of all that the source answers, but for what is in packages that have a State of their own: what
	// follows from it can be cached. It is empty where the source cannot tell.
	Identity() (string, error)
	// State is a digest of what Contents answers for a package, where that may change while the Identity stays; empty elsewhere.
	State(p *Package) (string, error)
	// Unlisted is the contents of a package of which nobody asks for the entries: only the way to their bytes. It is for packages that
	// Contents has answered to before, under the same Identity and State; a source without an Identity has nil.
	Unlisted(ctx context.Context, p *Package) *Contents
}

// Plain has the answers of a source that knows one version of each package and nothing of archives: to be embedded.
type Plain struct{}

// Recover implements Source: nothing is to be had that is not listed.
func (Plain) Recover(_ context.Context, p *Package) (*Package, error) {
	return nil, fmt.Errorf("cannot find package %s %s: %w", p.Name, p.Version, ErrNoPackage)
}

// Symbols implements Source: no package has a symbols file.
func (Plain) Symbols(context.Context, *Package) (string, error) { return "", nil }

// Prefetch implements Source: there is nothing to gain.
func (Plain) Prefetch(context.Context, []*Package) (stop func()) { return func() {} }

// Fetch implements Source: everything is here.
func (Plain) Fetch(context.Context, []*Package) error { return nil }

// Snapshots implements Source: there are no archives.
func (Plain) Snapshots() []manifest.Snapshot { return nil }

// Identity implements Source: it cannot tell.
func (Plain) Identity() (string, error) { return "", nil }

// State implements Source: no package has one.
func (Plain) State(*Package) (string, error) { return "", nil }

// Unlisted implements Source.
func (Plain) Unlisted(context.Context, *Package) *Contents { return nil }

// OnlyVersion is the answer of Versions for a source that knows one version of each package.
func OnlyVersion(ctx context.Context, s interface {
	Package(context.Context, string) (*Package, error)
}, name string,
) ([]*Package, error) {
	p, err := s.Package(ctx, name)
	if errors.Is(err, ErrNoPackage) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []*Package{p}, nil
}

// Owner is a package that ships the file at Path (clean, relative).
type Owner struct{ Path, Package string }

// Contents is what one package holds: its entries sorted by path, its maintainer scripts by name (preinst, postinst,
// prerm, postrm, config), and the way to a file's bytes.
type Contents struct {
	Entries []Entry
	Scripts map[string]string
	Open    func(Entry) (ReaderAtCloser, error)

	facts    map[string]Facts // by SHA-256, of the scripts and ELF files; nil where files must be read to know
	unpacked *unpacked        // nil where the files are not in the store
}

// ReaderAtCloser is an open file.
type ReaderAtCloser interface {
	io.Reader
	io.ReaderAt
	io.Closer
}

// OpenIn opens a regular file of a tree.
func OpenIn(tree fs.FS, name string) (ReaderAtCloser, error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	r, ok := f.(ReaderAtCloser)
	if !ok {
		return nil, errors.Join(fmt.Errorf("cannot read %s in any order", name), f.Close())
	}
	return r, nil
}

// InMemory is an open file with the bytes.
func InMemory(data []byte) ReaderAtCloser { return readerCloser{bytes.NewReader(data)} }

type readerCloser struct{ *bytes.Reader }

func (readerCloser) Close() error { return nil }

// Entry returns the entry at a clean relative path.
func (c *Contents) Entry(path string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(c.Entries, path, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	if !ok {
		return Entry{}, false
	}
	return c.Entries[i], true
}

// Members are the paths of the entries as definitions name them: absolute, a directory's with "/" at the end.
func (c *Contents) Members() []string {
	names := make([]string, len(c.Entries))
	for i, e := range c.Entries {
		names[i] = "/" + e.Path
		if e.Kind == tree.Directory {
			names[i] += "/"
		}
	}
	return names
}

// Entry is one file, directory or link of a package.
type Entry struct {
	Path   string // clean and relative: usr/lib/x86_64-linux-gnu/libgmp.so.10.5.0; no trailing slash
	Kind   tree.Kind
	Mode   int64 // permission, setuid, setgid and sticky bits
	Size   int64
	SHA256 string // hex, of a file; empty where the source can only tell by reading it
	MD5    string // hex, of a file, as dpkg's records have it; empty where unknown
	Link   string // target of a symbolic link as the package has it
	// HardLink is the first name of a file, by a path of the package, where this is a further one: a hard link. Everything else of the
	// entry is that of the file. Of installed packages none is told.
	HardLink string
}
