package packages

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"whittle.dev/whittle/internal/archive"
	"whittle.dev/whittle/internal/digest"
)

// Installed is the packages that are installed in a Debian root, as a Source. Files are checked against dpkg's own
// records when they are listed, and read from where they stand: no network is needed.
type Installed struct {
	Plain
	in   *archive.Installed
	root *os.Root

	mu     sync.Mutex
	listed map[string]*Contents
}

// OpenInstalled reads the records of dpkg in a root.
func OpenInstalled(root, arch string) (*Installed, error) {
	in, err := archive.ReadInstalled(root, arch)
	if err != nil {
		return nil, err
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		in.Close()
		return nil, fmt.Errorf("cannot read installed packages: %w", err)
	}
	return &Installed{in: in, root: r, listed: map[string]*Contents{}}, nil
}

// Close releases the root.
func (i *Installed) Close() error {
	i.root.Close()
	return i.in.Close()
}

// Name implements Source.
func (i *Installed) Name() string { return "the packages installed in the build image" }

// Package implements Source.
func (i *Installed) Package(_ context.Context, name string) (*Package, error) {
	p, ok := i.in.Package(name)
	if !ok {
		return nil, fmt.Errorf("cannot find package %s among the installed ones: %w", name, ErrNoPackage)
	}
	return describeInstalled(p), nil
}

// describeInstalled describes a package by dpkg's records, which do not know the .deb it came from.
func describeInstalled(p *archive.Package) *Package {
	d := describeArchived(p)
	d.Origin, d.SHA256, d.Filename = "installed", "", ""
	return d
}

// Providers implements Source.
func (i *Installed) Providers(_ context.Context, virtual string) ([]*Package, error) {
	var out []*Package
	for _, p := range i.in.Providers(virtual) {
		out = append(out, describeInstalled(p))
	}
	return out, nil
}

// Owners implements Source.
func (i *Installed) Owners(_ context.Context, base string) ([]Owner, error) {
	found, err := i.in.Owners(base)
	return ownersOf(found), err
}

func ownersOf(found []archive.Owner) []Owner {
	var out []Owner
	for _, o := range found {
		out = append(out, Owner{Path: o.Path, Package: o.Package})
	}
	return out
}

// Versions implements Source: one version of a package is installed.
func (i *Installed) Versions(ctx context.Context, name string) ([]*Package, error) {
	return OnlyVersion(ctx, i, name)
}

// Contents implements Source.
func (i *Installed) Contents(_ context.Context, p *Package) (*Contents, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c, ok := i.listed[p.Name]; ok {
		return c, nil
	}
	l := lister{byPath: map[string]Entry{}, put: func(_ string, e *Entry, r io.Reader) (err error) {
		counted := &counter{r: r} // reading is checking: dpkg's sums are compared on the way
		e.SHA256, e.MD5, err = digest.Read(counted)
		e.Size = counted.n
		return err
	}}
	if err := i.in.Walk(p.Name, l.add); err != nil {
		return nil, err
	}
	c := &Contents{Entries: l.sorted(), Scripts: map[string]string{}, Open: i.open}
	text, ok, err := i.in.MaintainerScript(p.Name, "postinst")
	if err != nil {
		return nil, err
	}
	if ok {
		c.Scripts["postinst"] = text
	}
	i.listed[p.Name] = c
	return c, nil
}

func (i *Installed) open(e Entry) (ReaderAtCloser, error) {
	f, err := i.root.Open(e.Path)
	if err != nil {
		return nil, fmt.Errorf("cannot read an installed file: %w", err)
	}
	return f, nil
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
