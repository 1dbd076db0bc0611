// Package lock pins cuts, so that they can be made again from any archive that still has the packages, and checks that a
// selection keeps to a lock.
package lock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/document"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
)

// maxText bounds a lock's text, in bytes.
const maxText = 256 << 20

// Lock pins what a cut is made of, so that it can be made again: package versions and digests, and the digest of every
// file. It is kept beside the app's source as whittle.lock; see docs/lock.md.
type Lock struct {
	Schema string `json:"schema"` // whittle.lock/1
	Cuts   []Cut  `json:"cuts"`   // one an architecture, sorted by it
}

// Schema names the form of a lock.
const Schema = "whittle.lock/1"

// Cut is the cut of one architecture.
type Cut struct {
	Arch     string              `json:"arch"`              // Debian's name
	Names    []string            `json:"names"`             // slices and packages that were asked for, sorted
	Traced   []Trace             `json:"traced,omitempty"`  // what whittle trace saw in use, sorted by name
	Sonames  []string            `json:"sonames,omitempty"` // libraries that were asked for, sorted
	RunImage *manifest.RunImage  `json:"runImage,omitempty"`
	Archives []manifest.Snapshot `json:"archives,omitempty"`
	Packages []Package           `json:"packages"` // sorted by name
	Layers   []Layer             `json:"layers"`   // sorted by name
	Files    []File              `json:"files"`    // sorted by layer and path
}

// Package is one .deb of which files were cut.
type Package struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Arch     string `json:"arch"`
	SHA256   string `json:"sha256,omitempty"`   // of the .deb; empty for an installed package
	Size     int64  `json:"size,omitempty"`     // of the .deb, bytes
	Origin   string `json:"origin"`             // installed, or the suite
	Filename string `json:"filename,omitempty"` // of the .deb below the archive's address
	Section  string `json:"section,omitempty"`  // as the archive has it, which may differ from the .deb's own
	Priority string `json:"priority,omitempty"` // the same
}

// Trace is a slice or package that is cut because whittle trace saw that it is used.
type Trace struct {
	Name string   `json:"name"`
	Saw  []string `json:"saw"` // who opened what, sorted
}

// Layer names one layer's reuse key, see Selection.Digest.
type Layer struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// File is one file, link or directory: a file has a digest, a link a target, a directory neither.
type File struct {
	Layer  string `json:"layer"`
	Path   string `json:"path"`
	Mode   string `json:"mode"`
	Size   int64  `json:"size,omitempty"` // bytes; for comparing locks, the digest is what counts
	SHA256 string `json:"sha256,omitempty"`
	Link   string `json:"link,omitempty"`
}

// New locks the selection that the want led to. Archives are those of the selection's manifest: whoever opened
// them fills them in.
func New(w slicer.Want, s *slicer.Selection) *Lock {
	c := Cut{
		Arch: s.Arch, Names: namesOf(w.Names), Traced: tracedOf(w.Names), RunImage: s.RunImage, Archives: s.Archives,
		Packages: []Package{}, Layers: []Layer{}, Files: []File{},
	}
	if len(w.Sonames) > 0 {
		c.Sonames = namesOf(w.Sonames)
	}
	for i, p := range s.Packages {
		locked := Package{Name: p.Name, Version: p.Version, Arch: p.Arch, SHA256: p.SHA256, Origin: p.Origin}
		if i < len(s.Debs()) {
			locked.Size, locked.Filename = s.Debs()[i].Size, s.Debs()[i].Filename
		}
		if locked.Filename != "" {
			locked.Section, locked.Priority = s.Debs()[i].Section, s.Debs()[i].Priority
		}
		c.Packages = append(c.Packages, locked)
	}
	for _, name := range s.Layers() {
		c.Layers = append(c.Layers, Layer{Name: name, Digest: s.Digest(name)})
	}
	for _, f := range s.Files {
		c.Files = append(c.Files, File{Layer: f.Layer, Path: f.Path, Mode: f.Mode, Size: f.Size, SHA256: f.SHA256, Link: f.Link})
	}
	return &Lock{Schema: Schema, Cuts: []Cut{c}}
}

func namesOf(named []slicer.Named) []string {
	names := make([]string, 0, len(named))
	for _, n := range named {
		if n.Kind != manifest.Traced {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func tracedOf(named []slicer.Named) []Trace {
	saw := map[string][]string{}
	for _, n := range named {
		if n.Kind == manifest.Traced {
			saw[n.Name] = append(saw[n.Name], n.By)
		}
	}
	var all []Trace
	for _, name := range slices.Sorted(maps.Keys(saw)) {
		slices.Sort(saw[name])
		all = append(all, Trace{Name: name, Saw: slices.Compact(saw[name])})
	}
	return all
}

// Wanted lists the names of the cut as Want has them: those that were asked for, by whoever reads the lock now, and
// those that were traced.
func (c *Cut) Wanted(by string) []slicer.Named {
	var named []slicer.Named
	for _, n := range c.Names {
		named = append(named, slicer.Named{Name: n, By: by, Kind: manifest.Asked})
	}
	for _, t := range c.Traced {
		for _, saw := range t.Saw {
			named = append(named, slicer.Named{Name: t.Name, By: saw, Kind: manifest.Traced})
		}
	}
	return named
}

// With returns the lock with the cuts of another one, which replace those of the same architecture.
func (l *Lock) With(other *Lock) *Lock {
	cuts := slices.Clone(other.Cuts)
	for _, c := range l.Cuts {
		if _, ok := other.ForArch(c.Arch); !ok {
			cuts = append(cuts, c)
		}
	}
	slices.SortFunc(cuts, func(a, b Cut) int { return strings.Compare(a.Arch, b.Arch) })
	return &Lock{Schema: Schema, Cuts: cuts}
}

// ForArch returns the cut of an architecture.
func (l *Lock) ForArch(arch string) (*Cut, bool) {
	i := slices.IndexFunc(l.Cuts, func(c Cut) bool { return c.Arch == arch })
	if i < 0 {
		return nil, false
	}
	return &l.Cuts[i], true
}

// Package returns a locked package by name.
func (c *Cut) Package(name string) (Package, bool) {
	i, ok := slices.BinarySearchFunc(c.Packages, name, func(p Package, n string) int { return strings.Compare(p.Name, n) })
	if !ok {
		return Package{}, false
	}
	return c.Packages[i], true
}

// Encode writes the lock as JSON that Read reads, with a line for each package and file, so that a change of one
// is a change of one line. Equal locks give equal bytes.
func (l *Lock) Encode(w io.Writer) error {
	var b bytes.Buffer
	e := lockWriter{&b}
	b.WriteString("{\n \"schema\": ")
	e.value(l.Schema)
	b.WriteString(",\n \"cuts\": [")
	for i, c := range l.Cuts {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n  {\n   \"arch\": ")
		e.value(c.Arch)
		writeList(e, "names", c.Names)
		if len(c.Traced) > 0 {
			writeList(e, "traced", c.Traced)
		}
		if len(c.Sonames) > 0 {
			writeList(e, "sonames", c.Sonames)
		}
		if c.RunImage != nil {
			b.WriteString(",\n   \"runImage\": ")
			e.value(c.RunImage)
		}
		if len(c.Archives) > 0 {
			writeList(e, "archives", c.Archives)
		}
		writeList(e, "packages", c.Packages)
		writeList(e, "layers", c.Layers)
		writeList(e, "files", c.Files)
		b.WriteString("\n  }")
	}
	b.WriteString("\n ]\n}\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("cannot write lock: %w", err)
	}
	return nil
}

// lockWriter writes compact JSON values: encoding/json indents either everything or nothing, and a lock wants a line
// for each element.
type lockWriter struct{ *bytes.Buffer }

func (w lockWriter) value(v any) {
	e := json.NewEncoder(w.Buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // structs of strings always encode, and a buffer takes every write
	}
	w.Truncate(w.Len() - 1) // the encoder's newline
}

func writeList[T any](w lockWriter, name string, list []T) {
	w.WriteString(",\n   ")
	w.value(name)
	w.WriteString(": [")
	for i, v := range list {
		if i > 0 {
			w.WriteString(",")
		}
		w.WriteString("\n    ")
		w.value(v)
	}
	if len(list) > 0 {
		w.WriteString("\n   ")
	}
	w.WriteString("]")
}

// Read reads a lock. A field that this whittle does not know is an error: what cannot be obeyed must not be
// passed over.
func Read(r io.Reader) (*Lock, error) {
	d := document.NewDecoder(r, maxText)
	d.DisallowUnknownFields()
	var l Lock
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf("cannot read lock: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("cannot read lock: there is more after its end")
	}
	if l.Schema != Schema {
		return nil, fmt.Errorf("cannot read lock: its schema is %q, this whittle knows %q", l.Schema, Schema)
	}
	return &l, l.check()
}

// check refuses what Encode never writes: look-ups rely on the order, and of two pins for one thing one would be
// silently ignored.
func (l *Lock) check() error {
	if !increasing(l.Cuts, func(c Cut) string { return c.Arch }) {
		return errors.New("cannot read lock: its cuts are not sorted by architecture, each once")
	}
	for _, c := range l.Cuts {
		switch {
		case !increasing(c.Traced, func(t Trace) string { return t.Name }):
			return fmt.Errorf("cannot read lock: what was traced for %s is not sorted by name, each once", c.Arch)
		case !increasing(c.Packages, func(p Package) string { return p.Name }):
			return fmt.Errorf("cannot read lock: the packages for %s are not sorted by name, each once", c.Arch)
		case !increasing(c.Layers, func(y Layer) string { return y.Name }):
			return fmt.Errorf("cannot read lock: the layers for %s are not sorted by name, each once", c.Arch)
		case !increasing(c.Files, func(f File) string { return f.Layer + "\x00" + f.Path }):
			return fmt.Errorf("cannot read lock: the files for %s are not sorted by layer and path, each once", c.Arch)
		}
	}
	return nil
}

func increasing[T any](list []T, key func(T) string) bool {
	for i := 1; i < len(list); i++ {
		if key(list[i-1]) >= key(list[i]) {
			return false
		}
	}
	return true
}
