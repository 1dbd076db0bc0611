package slicer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/slicer/internal/archive"
	"whittle.dev/whittle/slicer/internal/store"
)

// Installed is the packages that are installed in a Debian root, as a Source. Files are checked against dpkg's own
// records when they are listed, and read from where they stand: no network is needed.
type Installed struct {
	in   *archive.Installed
	root *os.Root

	mu     sync.Mutex
	listed map[string]*Contents
	byBase map[string][]Owner
}

// OpenInstalled reads the records of dpkg in a root.
func OpenInstalled(root, arch string) (*Installed, error) {
	in, err := archive.ReadInstalled(root, arch)
	if err != nil {
		return nil, err
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("cannot read installed packages: %w", err)
	}
	return &Installed{in: in, root: r, listed: map[string]*Contents{}}, nil
}

// Close releases the root.
func (i *Installed) Close() error { return i.root.Close() }

// Name implements Source.
func (i *Installed) Name() string { return "the packages installed in the build image" }

// Package implements Source.
func (i *Installed) Package(_ context.Context, name string) (*Package, error) {
	p, ok := i.in.Package(name)
	if !ok {
		return nil, fmt.Errorf("cannot find package %s among the installed ones: %w", name, ErrNoPackage)
	}
	d := describeArchived(p)
	d.Origin, d.SHA256 = "installed", ""
	return d, nil
}

// Providers implements Source.
func (i *Installed) Providers(ctx context.Context, virtual string) ([]*Package, error) {
	var out []*Package
	for _, name := range slices.Sorted(slices.Values(i.in.Names())) {
		p, err := i.Package(ctx, name)
		if err != nil {
			return nil, err
		}
		if strings.Contains(p.Provides, virtual) && name != virtual {
			out = append(out, p)
		}
	}
	return out, nil
}

// Owners implements Source.
func (i *Installed) Owners(_ context.Context, base string) ([]Owner, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.byBase == nil {
		index := map[string][]Owner{}
		for _, name := range slices.Sorted(slices.Values(i.in.Names())) {
			files, err := i.in.Files(name)
			if err != nil {
				return nil, err
			}
			for _, f := range files {
				index[path.Base(f)] = append(index[path.Base(f)], Owner{Path: f, Package: name})
			}
		}
		i.byBase = index
	}
	return i.byBase[base], nil
}

// Prefetch implements Source: everything is here.
func (i *Installed) Prefetch(context.Context, []*Package) error { return nil }

// Contents implements Source.
func (i *Installed) Contents(_ context.Context, p *Package) (*Contents, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c, ok := i.listed[p.Name]; ok {
		return c, nil
	}
	l := lister{byPath: map[string]Entry{}, put: func(r io.Reader) (store.Sums, error) {
		counted := &counter{r: r} // reading is checking: dpkg's sums are compared on the way
		sha, md, err := digestsOf(counted)
		return store.Sums{SHA256: sha, MD5: md, Size: counted.n}, err
	}}
	if err := i.in.Walk(p.Name, l.add); err != nil {
		return nil, err
	}
	c := &Contents{Entries: l.sorted(), Scripts: i.scripts(p.Name), Open: i.open}
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

// scripts reads the maintainer scripts that dpkg keeps.
func (i *Installed) scripts(name string) map[string]string {
	scripts := map[string]string{}
	for _, kind := range []string{"preinst", "postinst", "prerm", "postrm", "config"} {
		for _, stem := range []string{name, name + ":" + i.in.Arch()} {
			data, err := i.root.ReadFile("var/lib/dpkg/info/" + stem + "." + kind)
			if err == nil {
				scripts[kind] = string(data)
			} else if !errors.Is(err, os.ErrNotExist) {
				scripts[kind] = "" // unreadable: as if it did nothing; alternatives are then missing and named by the proof
			}
		}
	}
	return scripts
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
