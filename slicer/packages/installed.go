package packages

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"whittle.dev/whittle/internal/archive"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/internal/store"
)

// Installed is the packages that are installed in a Debian root, as a Source. Files are checked against dpkg's own
// records when they are listed, and read from where they stand: no network is needed.
type Installed struct {
	Plain
	in   *archive.Installed
	root *os.Root

	records []records // where packages are looked up before their files are read

	mu     sync.Mutex
	listed map[string]*Contents
	states map[string]string // of packages, as they were first asked for: nobody writes to a root that is read
}

// OpenInstalledCached is OpenInstalled with what is known of the packages: records that the root has itself (RecordsDir), and
// a cache such as that of an Archive. Files that nobody has changed since they were recorded are not read again. Records
// that cannot be read or written cost time and nothing else.
func OpenInstalledCached(root, arch, cache string) (*Installed, error) {
	i, err := OpenInstalled(root, arch)
	if err == nil {
		i.records = []records{{dir: filepath.Join(root, RecordsDir)}, {dir: filepath.Join(cache, unpackedDir), ours: cache != ""}}
	}
	return i, err
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
	return &Installed{in: in, root: r, listed: map[string]*Contents{}, states: map[string]string{}}, nil
}

// Close releases the root.
func (i *Installed) Close() error {
	i.root.Close()
	for n := range i.records {
		i.records[n].close()
	}
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
	c, err := i.contents(p.Name)
	if err != nil {
		return nil, err
	}
	c.Open = i.open
	i.listed[p.Name] = c
	return c, nil
}

// Identity implements Source, by the records of dpkg.
func (i *Installed) Identity() (string, error) { return i.in.Identity() }

// State implements Source: files of a root may have been written to since somebody else read them.
func (i *Installed) State(p *Package) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.state(p.Name)
}

// state is the state of a package; mu is held.
func (i *Installed) state(name string) (string, error) {
	if state, ok := i.states[name]; ok {
		return state, nil
	}
	state, err := i.in.State(name)
	if err == nil {
		i.states[name] = state
	}
	return state, err
}

// Unlisted implements Source.
func (i *Installed) Unlisted(context.Context, *Package) *Contents { return &Contents{Open: i.open} }

// contents reads a package, or takes what is on record of it in the state that it is in.
func (i *Installed) contents(name string) (*Contents, error) {
	if len(i.records) == 0 {
		return i.read(name, nil)
	}
	key, err := i.state(name)
	if err != nil {
		return i.read(name, nil) // which tells what is wrong
	}
	for n := range i.records {
		if c := i.records[n].of(key); c != nil {
			return c, nil
		}
	}
	seen := noting{facts: map[string]Facts{}, open: i.open}
	c, err := i.read(name, seen.look)
	if err != nil {
		return nil, err
	}
	c.facts = seen.facts
	if again, err := i.in.State(name); err == nil && again == key { // what was written to while it was read is not what the key stands for
		for n := range i.records {
			i.records[n].put(key, c)
		}
	}
	return c, nil
}

// read lists a package and looks at each of its files.
func (i *Installed) read(name string, look func(e Entry, head []byte) error) (*Contents, error) {
	l := lister{byPath: map[string]Entry{}, put: func(_ string, e *Entry, r io.Reader) (err error) {
		counted := &counter{r: r} // reading is checking: dpkg's sums are compared on the way
		e.SHA256, e.MD5, err = digest.Read(counted)
		e.Size = counted.n
		if err != nil || look == nil {
			return err
		}
		return look(*e, counted.head)
	}}
	if err := i.in.Walk(name, l.add); err != nil {
		return nil, err
	}
	c := &Contents{Entries: l.sorted(), Scripts: map[string]string{}}
	text, ok, err := i.in.MaintainerScript(name, "postinst")
	if err != nil {
		return nil, err
	}
	if ok {
		c.Scripts["postinst"] = text
	}
	return c, nil
}

func (i *Installed) open(e Entry) (ReaderAtCloser, error) {
	f, err := i.root.Open(e.Path)
	if err != nil {
		return nil, fmt.Errorf("cannot read an installed file: %w", err)
	}
	return f, nil
}

// counter counts what is read through it, and keeps how that begins.
type counter struct {
	r    io.Reader
	n    int64
	head []byte // at most store.HeadSize
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.head = append(c.head, p[:min(n, store.HeadSize-len(c.head))]...)
	return n, err
}
