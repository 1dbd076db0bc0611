package contract

import (
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/text"
)

// Part is one thing of a promise: a package, a file, a library, and so on.
type Part struct {
	Kind PartKind `json:"kind"`
	Name string   `json:"name"`          // a package, an absolute path, a soname, a symbol or its version
	Of   string   `json:"of,omitempty"`  // the soname of the library that defines the symbol or the version
	Why  string   `json:"why,omitempty"` // of a lost part that is there, but not as promised

	Older bool `json:"older,omitempty"` // a package of an older version than promised
}

// PartKind is what a part is.
type PartKind string

// The kinds of parts, in the order in which they are told.
const (
	PartPackage PartKind = "package"
	PartLibrary PartKind = "library"
	PartVersion PartKind = "symbol version"
	PartSymbol  PartKind = "symbol"
	PartFile    PartKind = "file"
	PartDoor    PartKind = "door"
	PartPath    PartKind = "directory of PATH"
)

// String says it in a line: "symbol version OPENSSL_3.0.0 of libssl.so.3".
func (p Part) String() string {
	s := string(p.Kind) + " " + p.Name
	if p.Of != "" {
		s += " of " + p.Of
	}
	if p.Why != "" {
		s += ": " + p.Why
	}
	return s
}

// parts lists all that is promised.
func (p *Promise) parts() []Part {
	var all []Part
	for _, pkg := range p.Packages {
		all = append(all, Part{Kind: PartPackage, Name: pkg.Name})
	}
	for _, l := range p.Libraries {
		all = append(all, Part{Kind: PartLibrary, Name: l.Soname})
		for _, v := range l.Versions {
			all = append(all, Part{Kind: PartVersion, Name: v, Of: l.Soname})
		}
		for _, s := range l.Symbols {
			all = append(all, Part{Kind: PartSymbol, Name: s, Of: l.Soname})
		}
	}
	for _, f := range p.Files {
		all = append(all, Part{Kind: PartFile, Name: "/" + f})
	}
	for _, d := range p.Doors {
		all = append(all, Part{Kind: PartDoor, Name: "/" + d.Path})
	}
	for _, dir := range p.Path {
		all = append(all, Part{Kind: PartPath, Name: dir})
	}
	return all
}

// Losses lists what is promised and a floor does not have, or has older than promised. A library that is lost stands for its
// symbols.
func (p *Promise) Losses(f *Floor) []Part {
	is := f.Promise()
	has, gone := set(is.parts()), map[string]bool{}
	links, versions := map[string]string{}, map[string]string{}
	for _, d := range is.Doors {
		links["/"+d.Path] = d.Link()
	}
	for _, pkg := range is.Packages {
		versions[pkg.Name] = pkg.Version
	}
	symbols := allSymbols(f)
	var lost []Part
	for _, part := range p.parts() {
		switch {
		case part.Of != "" && gone[part.Of], has[part], part.Kind == PartSymbol && symbols[part]:
			continue
		case part.Kind == PartLibrary:
			gone[part.Name] = true
		}
		lost = append(lost, part)
	}
	for _, pkg := range p.Packages {
		if v := versions[pkg.Name]; v != "" && deb.CompareVersions(v, pkg.Version) < 0 {
			lost = append(lost, Part{
				Kind: PartPackage, Name: pkg.Name, Older: true, Why: fmt.Sprintf("%s is older than the promised %s", v, pkg.Version),
			})
		}
	}
	for _, d := range p.Doors {
		if to := links["/"+d.Path]; to != "" && to != d.Link() {
			lost = append(lost, Part{Kind: PartDoor, Name: "/" + d.Path, Why: fmt.Sprintf("it leads to %s and no longer to %s", to, d.Link())})
		}
	}
	return lost
}

// allSymbols is every symbol of a floor: a library may have begun to give its symbols versions, which the loader takes for those
// without one.
func allSymbols(f *Floor) map[Part]bool {
	all := map[Part]bool{}
	for _, l := range f.Libraries {
		for _, s := range l.Symbols {
			name, _, _ := strings.Cut(s, "@")
			all[Part{Kind: PartSymbol, Name: name, Of: l.Soname}] = true
		}
	}
	return all
}

func set(parts []Part) map[Part]bool {
	all := map[Part]bool{}
	for _, p := range parts {
		all[p] = true
	}
	return all
}

// Gains lists what a floor has beyond what is promised. A library that is gained stands for its symbols.
func (p *Promise) Gains(f *Floor) []Part {
	promised, news := set(p.parts()), map[string]bool{}
	var more []Part
	for _, part := range f.Promise().parts() {
		switch {
		case promised[part], part.Of != "" && news[part.Of]:
			continue
		case part.Kind == PartLibrary:
			news[part.Name] = true
		}
		more = append(more, part)
	}
	return more
}

// LossError is a run image that does not keep what is promised of its ID.
type LossError struct {
	ID, Arch string
	Lost     []Part
}

func (e *LossError) Error() string {
	return fmt.Sprintf("cannot keep the promise of %s for %s: lost %s, first %s", e.ID, e.Arch, text.Count(len(e.Lost), "part"), e.Lost[0])
}

// Fits checks that a promise is for a floor: of the same ID and architecture.
func (p *Promise) Fits(f *Floor) error {
	if p.ID != f.ID || p.Arch != f.Arch {
		return fmt.Errorf("cannot hold run image %s for %s against the promise of %s for %s", f.ID, f.Arch, p.ID, p.Arch)
	}
	return nil
}

// Keep checks that a floor has all that is promised. The error is a *LossError where it lacks something.
func (p *Promise) Keep(f *Floor) error {
	if err := p.Fits(f); err != nil {
		return err
	}
	if lost := p.Losses(f); len(lost) > 0 {
		return &LossError{p.ID, p.Arch, lost}
	}
	return nil
}

// Within is the part of the floor that is promised, for builds to rely on: what an image has gained since may be gone from the next
// one. Packages have the promised versions, so that an update changes the floor's digest only where it changes what is
// below. Symbols of private versions stay: they are for files of the same source, which are cut with their own version.
func (f *Floor) Within(p *Promise) *Floor {
	in := &Floor{Schema: f.Schema, ID: f.ID, Arch: f.Arch, Packages: p.Packages, Links: map[string]string{}, Doors: p.Doors, Path: p.Path}
	files := map[string]bool{}
	for _, name := range p.Files {
		files[name] = true
	}
	promised := map[string]PromisedLibrary{}
	for _, l := range p.Libraries {
		promised[l.Soname] = l
	}
	for _, l := range f.Libraries {
		if to, ok := promised[l.Soname]; ok {
			in.Libraries = append(in.Libraries, l.within(to))
			files[strings.TrimPrefix(l.Path, "/")] = true
		}
	}
	for _, name := range f.Files {
		if !files[name] {
			continue
		}
		in.Files = append(in.Files, name)
		if to, ok := f.Links[name]; ok {
			in.Links[name] = to
		}
	}
	return in
}

func (l FloorLibrary) within(p PromisedLibrary) FloorLibrary {
	kept := func(version string) bool { return slices.Contains(p.Versions, version) || isPrivate(version) }
	in := FloorLibrary{Soname: l.Soname, Path: l.Path, Needed: l.Needed}
	for _, v := range l.Versions {
		if kept(v) {
			in.Versions = append(in.Versions, v)
		}
	}
	for _, s := range l.Symbols {
		_, version, versioned := strings.Cut(s, "@")
		if versioned && kept(strings.TrimPrefix(version, "@")) || !versioned && (len(p.Versions) > 0 || slices.Contains(p.Symbols, s)) {
			in.Symbols = append(in.Symbols, s)
		}
	}
	return in
}
