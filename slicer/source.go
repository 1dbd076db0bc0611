package slicer

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
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
// several goroutines.
type Source interface {
	// Name says what kind of source this is, for messages: "installed packages", "Debian archive".
	Name() string
	// Package returns the package with that name. The error wraps ErrNoPackage when there is none, and names the
	// nearest ones.
	Package(ctx context.Context, name string) (*Package, error)
	// Providers returns the packages that provide a virtual package, sorted by name.
	Providers(ctx context.Context, virtual string) ([]*Package, error)
	// Owners returns the packages that ship a file with this base name ("libgmp.so.10"), best first.
	Owners(ctx context.Context, base string) ([]Owner, error)
	// Prefetch makes the contents of packages ready, in parallel. It is a hint.
	Prefetch(ctx context.Context, packages []*Package) error
	// Contents returns what the package holds.
	Contents(ctx context.Context, p *Package) (*Contents, error)
}

// Owner is a package that ships the file at Path (clean, relative).
type Owner struct{ Path, Package string }

// Contents is what one package holds: its entries sorted by path, its maintainer scripts by name (preinst, postinst,
// prerm, postrm, config), and the way to a file's bytes.
type Contents struct {
	Entries []Entry
	Scripts map[string]string
	Open    func(Entry) (ReaderAtCloser, error)

	facts    map[string]facts // by SHA-256, of the scripts and ELF files; nil where files must be read to know
	unpacked *unpacked        // nil where the files are not in the store
}

// ReaderAtCloser is an open file.
type ReaderAtCloser interface {
	io.Reader
	io.ReaderAt
	io.Closer
}

// Entry returns the entry at a clean relative path.
func (c *Contents) Entry(path string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(c.Entries, path, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	if !ok {
		return Entry{}, false
	}
	return c.Entries[i], true
}

// Entry is one file, directory or link of a package.
type Entry struct {
	Path   string // clean and relative: usr/lib/x86_64-linux-gnu/libgmp.so.10.5.0; no trailing slash
	Kind   Kind
	Mode   int64 // permission, setuid, setgid and sticky bits
	Size   int64
	SHA256 string // hex, of a file; empty where the source can only tell by reading it
	MD5    string // hex, of a file, as dpkg's records have it; empty where unknown
	Link   string // target of a symbolic link as the package has it; hard links are resolved to files
}

// Kind is what an entry is.
type Kind byte

// The kinds of entries.
const (
	File Kind = iota
	Directory
	Symlink
)
