package slicer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/internal/paths"
)

// plan is a selection in the making. Files are kept by layer and path, because a record may stand in several layers;
// a path that is seen in the image is taken once.
type plan struct {
	ctx        context.Context
	want       Want
	triplet    string
	changes    int                // how often something new was planned, or left out again
	packages   map[string]*picked // of which something was taken, or will be
	looked     map[string]*picked // that were only looked into
	files      map[place]*planned
	order      []*planned                // files by layer and path; nil when files changed since
	placed     map[string]*planned       // files by their place in the image; nil likewise
	seen       map[string]*planned       // by path, records aside
	left       map[string]bool           // paths of files that were left out again
	slices     map[string]*ManifestSlice // by name
	roots      map[string]string         // the layer of the name that brought a slice
	edges      map[Edge]bool
	omitted    map[Omission]bool
	objects    map[string]*closure.Object        // ELF facts by SHA-256; nil for other files
	diversions func(*Contents) map[string]string // reads what a package diverts for others: from path to path
}

// place is where a file lands.
type place struct{ layer, path string }

// picked is a package of which something was taken.
type picked struct {
	*Package
	*Contents
	libraries map[string][]Entry // see library
	diverts   map[string]string  // see divertedTo
}

// library returns the package's files and links below usr/lib with a base name. The first call sorts them all: a closure
// asks every package for every library.
func (p *picked) library(base string) []Entry {
	if p.libraries == nil {
		p.libraries = map[string][]Entry{}
		for _, e := range p.Entries {
			if e.Kind != Directory && strings.HasPrefix(e.Path, "usr/lib") {
				name := paths.Base(e.Path)
				p.libraries[name] = append(p.libraries[name], e)
			}
		}
	}
	return p.libraries[base]
}

// planned is one entry of the coming selection and the way to its bytes.
type planned struct {
	ManifestFile
	md5            string
	from           *Contents
	at             Entry  // in from
	body           []byte // of a generated file
	until, mutable bool   // of definitions: gone after the mutation scripts, if all say so; they may write it
}

// newPlan begins a selection. Diversions reads what a package diverts for others, see divert.
func newPlan(ctx context.Context, w Want, diversions func(*Contents) map[string]string) *plan {
	return &plan{
		ctx: ctx, want: w, triplet: debian.Triplet(w.Arch), diversions: diversions,
		packages: map[string]*picked{}, looked: map[string]*picked{}, files: map[place]*planned{}, seen: map[string]*planned{},
		left: map[string]bool{}, slices: map[string]*ManifestSlice{}, edges: map[Edge]bool{}, omitted: map[Omission]bool{},
		roots: map[string]string{}, objects: map[string]*closure.Object{},
	}
}

func (p *plan) progress(format string, args ...any) {
	if p.want.Progress != nil {
		p.want.Progress(fmt.Sprintf(format, args...))
	}
}

// lookup finds a package in the first source that has it, without taking anything of it.
func (p *plan) lookup(name string) (*Package, Source, error) {
	var first error
	for _, s := range p.want.Sources {
		pkg, err := s.Package(p.ctx, name)
		switch {
		case err == nil:
			return pkg, s, nil
		case !errors.Is(err, ErrNoPackage):
			return nil, nil, err
		}
		first = err // the last source is the widest: its nearest names are the best
	}
	if first == nil {
		first = fmt.Errorf("cannot find package %s: %w", name, ErrNoPackage)
	}
	return nil, nil, first
}

// peek returns a package together with its contents, to look into it: it is none of the plan's packages by that.
func (p *plan) peek(name string) (*picked, error) {
	if got, ok := p.packages[name]; ok {
		return got, nil
	}
	if got, ok := p.looked[name]; ok {
		return got, nil
	}
	pkg, source, err := p.lookup(name)
	if err != nil {
		return nil, err
	}
	contents, err := source.Contents(p.ctx, pkg)
	if err != nil {
		return nil, err
	}
	p.looked[name] = &picked{Package: pkg, Contents: contents}
	return p.looked[name], nil
}

// open returns a package together with its contents, and makes it one of the plan's: its libraries are found first, and
// its maintainer scripts are read.
func (p *plan) open(name string) (*picked, error) {
	got, err := p.peek(name)
	if err != nil {
		return nil, err
	}
	p.admit(got)
	return got, nil
}

// admit makes a package one of the plan's.
func (p *plan) admit(pkg *picked) { p.packages[pkg.Name] = pkg }

// slice notes that a slice is wanted, and why.
func (p *plan) slice(pkg string, class Class, why Reason) string {
	name := class.Slice(pkg)
	s, ok := p.slices[name]
	if !ok {
		s = &ManifestSlice{Name: name, Package: pkg}
		p.slices[name] = s
	}
	if !slices.Contains(s.Why, why) {
		s.Why = append(s.Why, why)
	}
	return name
}

// take plans one entry of a package. The layer is that of the door through which the path will be seen, or else the
// given one. What the floor has is not taken.
func (p *plan) take(from *picked, e Entry, slice, layer string, why ...Reason) error {
	if p.want.Floor.HasFile(e.Path) || p.left[e.Path] {
		return nil
	}
	p.admit(from)
	f := &planned{
		ManifestFile: ManifestFile{
			Layer: p.layer(e.Path, layer), Path: e.Path, Kind: e.Kind, Mode: fmt.Sprintf("%04o", e.Mode),
			Size: e.Size, SHA256: e.SHA256, Link: e.Link, Package: from.Name, Slice: slice,
		},
		from: from.Contents, at: e, md5: e.MD5,
	}
	return p.put(f, why...)
}

// here tells whether the path is in the plan or in the floor.
func (p *plan) here(at string) bool {
	return p.seen[at] != nil || p.want.Floor.HasFile(at)
}

// layer says where a file lands.
func (p *plan) layer(path, otherwise string) string {
	return cmp.Or(p.want.Floor.Layer(path), otherwise)
}

// put adds a file to the plan, or its reasons to the same file planned before; another file at the same path is a
// conflict.
func (p *plan) put(f *planned, why ...Reason) error {
	old, ok := p.seen[f.Path]
	switch {
	case !ok:
		p.changes++
		p.seen[f.Path] = f
		p.add(f)
		old = f
	case old.Package != f.Package && !sameFile(old, f):
		return p.divert(old, f, why)
	default:
		old.until = old.until && f.until
		old.mutable = old.mutable || f.mutable
	}
	for _, w := range why {
		if !slices.Contains(old.Why, w) {
			old.Why = append(old.Why, w)
		}
	}
	return nil
}

func sameFile(a, b *planned) bool {
	if a.Kind != b.Kind || a.Link != b.Link {
		return false
	}
	return a.Kind == Directory || (a.SHA256 != "" && a.SHA256 == b.SHA256) || a.Kind == Symlink
}

func (f *planned) owner() string {
	if f.Package == "" {
		return "whittle"
	}
	return f.Package
}

// generate plans a file made by whittle.
func (p *plan) generate(layer, path, pkg string, body []byte) *planned {
	sha, md := digest.Of(body)
	f := &planned{
		ManifestFile: ManifestFile{
			Layer: layer, Path: path, Kind: File, Mode: "0644", Size: int64(len(body)),
			SHA256: sha, Package: pkg, Why: []Reason{{Kind: Generated}},
		},
		md5: md, body: body,
	}
	p.add(f)
	return f
}

// read returns the bytes of a planned file, at most limit of them.
func (f *planned) read(limit int64) ([]byte, error) {
	r, err := f.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, fmt.Errorf("cannot read /%s of %s: %w", f.Path, f.owner(), err)
	}
	return data, nil
}

func (f *planned) open() (ReaderAtCloser, error) {
	if f.from == nil {
		return readerCloser{bytes.NewReader(f.body)}, nil
	}
	r, err := f.from.Open(f.at)
	if err != nil {
		return nil, fmt.Errorf("cannot open /%s of %s: %w", f.Path, f.owner(), err)
	}
	return r, nil
}

type readerCloser struct{ *bytes.Reader }

func (readerCloser) Close() error { return nil }

func (p *plan) omit(name, reason, by string) {
	p.omitted[Omission{Name: name, Reason: reason, By: by}] = true
}

func (p *plan) edge(e Edge) { p.edges[e] = true }

// add and remove are how files come and go, so that what was derived from them is made anew.
func (p *plan) add(f *planned) {
	p.files[place{f.Layer, f.Path}] = f
	p.order, p.placed = nil, nil
}

func (p *plan) remove(f *planned) {
	delete(p.files, place{f.Layer, f.Path})
	p.order, p.placed = nil, nil
}

// sorted returns the planned files in the order of layer and path. The list is not to be changed.
func (p *plan) sorted() []*planned {
	if p.order == nil {
		p.order = slices.SortedFunc(maps.Values(p.files), comparePlaces)
	}
	return p.order
}

// comparePlaces orders files by layer and path.
func comparePlaces(a, b *planned) int {
	return cmp.Or(strings.Compare(a.Layer, b.Layer), strings.Compare(a.Path, b.Path))
}

// fileAt is the planned file at a place in the image, nil if there is none.
func (p *plan) fileAt(at string) *planned {
	if p.placed == nil {
		p.placed = make(map[string]*planned, len(p.files))
		for _, f := range p.files {
			p.placed[p.at(f.Layer, f.Path)] = f
		}
	}
	return p.placed[at]
}

// hasDefinition tells whether the definitions have a slice of a package.
func (p *plan) hasDefinition(pkg string, class Class) bool {
	if p.want.Release == nil || p.want.Release.Package(pkg) == nil {
		return false
	}
	return p.want.Release.Package(pkg).Slices[string(class)] != nil
}

// isLeaf tells whether a directory of the package is empty in it; other directories come with what is in them.
func isLeaf(entries []Entry, dir Entry) bool {
	i, _ := slices.BinarySearchFunc(entries, dir.Path+"/", func(e Entry, t string) int { return strings.Compare(e.Path, t) })
	return i == len(entries) || !strings.HasPrefix(entries[i].Path, dir.Path+"/")
}

// classOf is the class of an entry of a package. A link among private programs is what it leads to: git's program for https
// is a link to that for http.
func (p *plan) classOf(pkg *picked, e Entry) Class {
	class := pkg.Class(e, p.triplet)
	if e.Kind == Symlink && class == ClassData && paths.IsBelow(e.Path, "usr/lib", "usr/libexec") {
		if to, ok := pkg.Entry(debian.LinkTarget(e.Path, e.Link)); ok && to.Kind == File {
			return pkg.Class(to, p.triplet)
		}
	}
	return class
}
