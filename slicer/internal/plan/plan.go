// Package plan is the core of a selection: which packages were opened and looked into, which files are planned, where they land
// and why. It decides nothing; the passes do.
package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
)

// Plan is a selection in the making. Files are kept by layer and path, because a record may stand in several layers;
// a path that is seen in the image is taken once.
type Plan struct {
	Ctx          context.Context
	Want         Want
	Triplet      string                                     // x86_64-linux-gnu
	Changes      int                                        // how often a file was planned, or taken out of the plan again
	Packages     map[string]*Package                        // of which something was taken, or will be
	Peeked       map[string]*Package                        // that were only looked into
	Files        map[Place]*File                            // all that is planned, records included
	order        []*File                                    // files by layer and path, less those that were added since
	added        []*File                                    // that order has not yet
	removed      bool                                       // whether order has files that were removed
	names        []string                                   // of Packages, sorted, less those that were admitted since
	placed       map[string]*File                           // files by their place in the image; nil likewise
	ByPath       map[string]*File                           // by path, records aside
	Slices       map[string]*manifest.Slice                 // by name
	Roots        map[string]string                          // the layer of the name that brought a slice
	Defined      map[string]bool                            // slices of the definitions that were taken, by name, be they without files
	Edges        map[manifest.Edge]bool                     // what files need of each other
	Omitted      map[manifest.Omission]bool                 // what is omitted, and why
	OmittedPaths map[string]bool                            // of files that were planned and then omitted; Take passes them over
	objects      map[string]*closure.Object                 // ELF facts by SHA-256; nil for other files
	diversions   func(*packages.Contents) map[string]string // reads what a package diverts for others: from path to path
}

// Place is where a file lands.
type Place struct{ Layer, Path string }

// New begins a selection. Diversions reads what a package diverts for others, from path to path.
func New(ctx context.Context, w Want, diversions func(*packages.Contents) map[string]string) *Plan {
	p := &Plan{
		Ctx: ctx, Want: w, Triplet: debian.Triplet(w.Arch), diversions: diversions,
		Packages: map[string]*Package{}, Peeked: map[string]*Package{}, Files: map[Place]*File{}, ByPath: map[string]*File{},
		OmittedPaths: map[string]bool{}, Slices: map[string]*manifest.Slice{}, Edges: map[manifest.Edge]bool{}, Omitted: map[manifest.Omission]bool{},
		Roots: map[string]string{}, Defined: map[string]bool{}, objects: map[string]*closure.Object{},
	}
	for _, o := range w.Omit {
		p.Omitted[o.Omission] = true
		for _, at := range o.Paths {
			p.OmittedPaths[at] = true
		}
	}
	return p
}

func (p *Plan) progress(format string, args ...any) {
	if p.Want.Progress != nil {
		p.Want.Progress(fmt.Sprintf(format, args...))
	}
}

// Lookup finds a package in the first source that has it, without taking anything of it. The error wraps packages.ErrNoPackage where
// none has it.
func (p *Plan) Lookup(name string) (*packages.Package, packages.Source, error) {
	for _, s := range p.Want.Sources {
		versions, err := s.Versions(p.Ctx, name)
		if err != nil {
			return nil, nil, err
		}
		if len(versions) > 0 {
			return versions[0], s, nil
		}
	}
	return nil, nil, fmt.Errorf("cannot find package %s: %w", name, packages.ErrNoPackage)
}

// LookupAsked is Lookup for a name that somebody wrote: the error tells which names resemble it. That takes a search of all of
// them, as long as hundreds of questions take.
func (p *Plan) LookupAsked(name string) (*packages.Package, packages.Source, error) {
	pkg, source, err := p.Lookup(name)
	if !errors.Is(err, packages.ErrNoPackage) {
		return pkg, source, err
	}
	for _, s := range p.Want.Sources { // the last source is the widest: its nearest names are the best
		if _, told := s.Package(p.Ctx, name); told != nil {
			err = told
		}
	}
	return nil, nil, err
}

// Peek returns a package together with its contents, to look into it. That alone does not make it one of the plan's: see Open.
func (p *Plan) Peek(name string) (*Package, error) {
	if got, ok := p.Packages[name]; ok {
		return got, nil
	}
	if got, ok := p.Peeked[name]; ok {
		return got, nil
	}
	pkg, source, err := p.Lookup(name)
	if err != nil {
		return nil, err
	}
	contents, err := source.Contents(p.Ctx, pkg)
	if err != nil {
		return nil, err
	}
	p.Peeked[name] = &Package{Package: pkg, Contents: contents}
	return p.Peeked[name], nil
}

// Open returns a package together with its contents, and makes it one of the plan's: its libraries are found first, and
// its maintainer scripts are read.
func (p *Plan) Open(name string) (*Package, error) {
	got, err := p.Peek(name)
	if err != nil {
		return nil, err
	}
	p.Admit(got)
	return got, nil
}

// Admit makes a package one of the plan's.
func (p *Plan) Admit(pkg *Package) {
	if p.Packages[pkg.Name] == nil {
		pkg.Turn = len(p.Packages)
	}
	p.Packages[pkg.Name] = pkg
}

// Names lists the plan's packages, sorted. The list is not to be changed.
func (p *Plan) Names() []string {
	if len(p.names) != len(p.Packages) { // packages stay
		p.names = slices.Sorted(maps.Keys(p.Packages))
	}
	return p.names
}

// Slice notes that a slice of a package is wanted, and why; it returns the slice's name ("git_bins").
func (p *Plan) Slice(pkg string, class debian.Class, why manifest.Reason) string {
	name := class.Slice(pkg)
	s, ok := p.Slices[name]
	if !ok {
		s = &manifest.Slice{Name: name, Package: pkg}
		p.Slices[name] = s
	}
	if !slices.Contains(s.Why, why) {
		s.Why = append(s.Why, why)
	}
	return name
}

// Take plans one entry of a package. The layer is that of the door through which the path will be seen, or else the
// given one. What the floor has is not taken.
func (p *Plan) Take(from *Package, e packages.Entry, slice, layer string, why ...manifest.Reason) error {
	f := p.Planned(from, e, slice, layer)
	if f == nil {
		return nil
	}
	p.Admit(from)
	return p.Put(f, why...)
}

// Planned is one entry of a package as Take would plan it; nil if it would not.
func (p *Plan) Planned(from *Package, e packages.Entry, slice, layer string) *File {
	if p.Want.Floor.HasFile(e.Path) || p.OmittedPaths[e.Path] {
		return nil
	}
	return &File{
		File: manifest.File{
			Layer: p.Layer(e.Path, layer), Path: e.Path, Kind: e.Kind, Mode: fmt.Sprintf("%04o", e.Mode),
			Size: e.Size, SHA256: e.SHA256, Link: e.Link, Package: from.Name, Slice: slice,
		},
		From: from.Contents, At: e, MD5: e.MD5,
	}
}

// Above is a directory above a file that no slice lists, with the mode that the package of the file gives it.
func (p *Plan) Above(f *File, dir string) *File {
	d := &File{File: manifest.File{Layer: f.Layer, Path: dir, Kind: tree.Directory, Mode: "0755", Package: f.Package}}
	if pkg := p.Packages[f.Package]; pkg != nil {
		if e, ok := pkg.Entry(dir); ok && e.Kind == tree.Directory {
			d.Mode = fmt.Sprintf("%04o", e.Mode)
		}
	}
	return d
}

// Here tells whether the path, clean and relative, is in the plan or in the floor.
func (p *Plan) Here(at string) bool {
	return p.ByPath[at] != nil || p.Want.Floor.HasFile(at)
}

// Layer names the layer in which a file lands: that of the door through which its path is seen, or else the given one.
func (p *Plan) Layer(path, otherwise string) string {
	return cmp.Or(p.Want.Floor.Layer(path), otherwise)
}

// Put adds a file to the plan, or its reasons to the same file planned before; another file at the same path is a
// conflict.
func (p *Plan) Put(f *File, why ...manifest.Reason) error {
	old, ok := p.ByPath[f.Path]
	switch {
	case !ok:
		f.Unlisted = len(why) > 0 && p.Defined[f.Slice]
		p.Changes++
		p.ByPath[f.Path] = f
		p.add(f)
		old = f
	case old.Package != f.Package && !sameFile(old, f):
		return p.divert(old, f, why)
	case len(why) > 0:
		old.Until = false
	default:
		old.listAs(f)
	}
	for _, w := range why {
		if !slices.Contains(old.Why, w) {
			old.Why = append(old.Why, w)
		}
	}
	return nil
}

// listAs notes that a slice lists a file that another one has. A slice that has it for the scripts alone does not list it.
func (f *File) listAs(other *File) {
	f.Mutable = f.Mutable || other.Mutable
	switch {
	case other.Until:
	case f.Until, f.Unlisted:
		f.Until, f.Unlisted, f.Slice = false, false, other.Slice
	case other.Slice != "" && other.Slice != f.Slice && f.Slice != "" && !slices.Contains(f.AlsoIn, other.Slice):
		f.AlsoIn = append(f.AlsoIn, other.Slice)
		slices.Sort(f.AlsoIn)
	}
}

func sameFile(a, b *File) bool {
	if a.Kind != b.Kind || a.Link != b.Link {
		return false
	}
	return a.Kind == tree.Directory || (a.SHA256 != "" && a.SHA256 == b.SHA256) || a.Kind == tree.Symlink
}

// Generate plans a file that whittle makes, with mode 0644, at a path of the layer. It is a record: it stands beside what
// other layers have at that path, and never conflicts. Pkg is the package that it is about; empty for none.
func (p *Plan) Generate(layer, path, pkg string, body []byte) *File {
	sha, md := digest.Of(body)
	f := &File{
		File: manifest.File{
			Layer: layer, Path: path, Kind: tree.File, Mode: "0644", Size: int64(len(body)),
			SHA256: sha, Package: pkg, Why: []manifest.Reason{{Kind: manifest.Generated}},
		},
		MD5: md, Body: body,
	}
	p.add(f)
	return f
}

// Edge notes which file a need of another one is met by.
func (p *Plan) Edge(e manifest.Edge) { p.Edges[e] = true }

// add puts a file among the planned ones; what is derived from them is made anew.
func (p *Plan) add(f *File) {
	at := Place{f.Layer, f.Path}
	p.removed = p.removed || p.Files[at] != nil
	p.Files[at] = f
	p.added, p.placed = append(p.added, f), nil
}

// Remove takes a file out of the plan. Another one may be put at its path; see OmitFile for one that is not to come back.
func (p *Plan) Remove(f *File) {
	p.Changes++
	delete(p.ByPath, f.Path)
	delete(p.Files, Place{f.Layer, f.Path})
	p.removed, p.placed = true, nil
}

// Sorted returns the planned files in the order of layer and path. The list is not to be changed; it stays as it is when the
// plan changes. What was added since the last call is sorted and merged into it: a plan of a hundred thousand files is asked
// for its order after every few changes.
func (p *Plan) Sorted() []*File {
	if len(p.added) == 0 && !p.removed {
		return p.order
	}
	gone := func(f *File) bool { return p.Files[Place{f.Layer, f.Path}] != f }
	added := slices.DeleteFunc(p.added, gone)
	slices.SortFunc(added, ComparePlaces)
	merged := make([]*File, 0, len(p.order)+len(added))
	for _, f := range p.order {
		if p.removed && gone(f) {
			continue
		}
		for len(added) > 0 && ComparePlaces(added[0], f) < 0 {
			merged, added = append(merged, added[0]), added[1:]
		}
		merged = append(merged, f)
	}
	p.order, p.added, p.removed = append(merged, added...), nil, false
	return p.order
}

// ComparePlaces orders files by layer and path.
func ComparePlaces(a, b *File) int {
	return cmp.Or(strings.Compare(a.Layer, b.Layer), strings.Compare(a.Path, b.Path))
}

// FileAt is the planned file at a place in the image, an absolute path as At has it; nil if there is none.
func (p *Plan) FileAt(at string) *File {
	if p.placed == nil {
		p.placed = make(map[string]*File, len(p.Files))
		for _, f := range p.Files {
			p.placed[p.At(f.Layer, f.Path)] = f
		}
	}
	return p.placed[at]
}

// Definition is what the definitions have of a package; nil if that is nothing.
func (p *Plan) Definition(pkg string) *release.Package {
	if p.Want.Release == nil {
		return nil
	}
	return p.Want.Release.Package(pkg)
}

// HasDefinition tells whether the definitions have a slice of a package.
func (p *Plan) HasDefinition(pkg string, class debian.Class) bool {
	d := p.Definition(pkg)
	return d != nil && d.Slices[string(class)] != nil
}

// IsLeaf tells whether a directory of the package is empty in it; other directories come with what is in them.
func IsLeaf(entries []packages.Entry, dir packages.Entry) bool {
	i, _ := slices.BinarySearchFunc(entries, dir.Path+"/", func(e packages.Entry, t string) int { return strings.Compare(e.Path, t) })
	return i == len(entries) || !strings.HasPrefix(entries[i].Path, dir.Path+"/")
}

// ClassOf is the class of an entry of a package. A link among private programs is what it leads to: git's program for https
// is a link to that for http. A static library beside its shared one is for those who link to it on purpose, wherever it stands.
func (p *Plan) ClassOf(pkg *Package, e packages.Entry) debian.Class {
	class := pkg.Class(e, p.Triplet)
	if pkg.HasShared(e) {
		return debian.ClassDev
	}
	if e.Kind == tree.Symlink && class == debian.ClassData && paths.IsBelow(e.Path, "usr/lib", "usr/libexec") {
		if to, ok := pkg.Entry(debian.LinkTarget(e.Path, e.Link)); ok && to.Kind == tree.File {
			return pkg.Class(to, p.Triplet)
		}
	}
	return class
}
