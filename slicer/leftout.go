package slicer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
)

// leaveOut removes the modules of packages that cannot be loaded, and tells whether there were any: a plugin, driver or
// extension that needs a library which its package does not depend on. Debian's packages have such files, for those who
// have the library anyway. A program that lacks a library, and a library that others need, stay: that is an error.
func (p *libraryPass) leaveOut(res closure.Result) (bool, error) {
	needed := map[string]bool{}
	for _, e := range res.Edges {
		needed[e.To] = needed[e.To] || e.From != ""
	}
	left := false
	for _, m := range res.Missing {
		f := p.fileAt(m.Importer)
		if f == nil || f.from == nil || m.Kind != closure.KindNeeded || m.Reason != closure.NotFound || needed[m.Importer] {
			continue
		}
		o, err := p.object(f)
		if err != nil {
			return false, err
		}
		if o == nil || o.Executable() || debian.IsProgram(f.Path) || p.isAsked(f) {
			continue
		}
		p.dropFile(f, fmt.Sprintf("it needs %s, and package %s does not depend on a package that has it", m.Soname, f.Package))
		left = true
	}
	return left, nil
}

// widen lets libraries be looked for anywhere that programs need and that their packages forgot to depend on. It tells
// whether there were any that were not looked for so before.
func (p *libraryPass) widen(missing []closure.Missing) bool {
	fresh := false
	for _, m := range missing {
		if m.Reason == closure.NotFound && p.isPackaged(m.Importer) && !p.wide[paths.Base(m.Soname)] {
			p.wide[paths.Base(m.Soname)] = true
			fresh = true
		}
	}
	return fresh
}

// isPackaged tells whether a place is that of a package's file, in the plan or proposed by the closure.
func (p *libraryPass) isPackaged(at string) bool {
	f := p.fileAt(at)
	return f != nil && f.from != nil || len(p.found[at]) > 0
}

// isAsked tells whether a file is wanted for itself, with what it needs: a definition or the user names its very slice, or
// the user names its package and it is a library for others.
func (p *libraryPass) isAsked(f *planned) bool {
	s := p.slices[f.Slice]
	public := slices.Contains(debian.LibraryDirs(p.triplet), paths.Parent(f.Path)) && debian.IsLibraryName(paths.Base(f.Path))
	if public && slices.ContainsFunc(p.want.Names, func(n Named) bool { return n.Name == f.Package }) {
		return true
	}
	if _, class, _ := strings.Cut(f.Slice, "_"); p.hasDefinition(f.Package, Class(class)) {
		return true
	}
	return s != nil && slices.ContainsFunc(p.want.Names, func(n Named) bool { return n.Name == s.Name })
}

// dropFile takes a file, and the links of its package to it, out of the plan again.
func (p *libraryPass) dropFile(f *planned, reason string) {
	p.omit("/"+f.Path, reason, f.Slice)
	p.forget(f)
	for _, l := range p.sorted() {
		if l.Kind == Symlink && l.Package == f.Package && debian.LinkTarget(l.Path, l.Link) == f.Path {
			p.forget(l)
		}
	}
}

func (p *plan) forget(f *planned) {
	p.left[f.Path] = true
	delete(p.seen, f.Path)
	p.remove(f)
	p.changes++
}

// recall lets a file be taken that was left out before anything was seen to need it.
func (p *plan) recall(at string) {
	if !p.left[at] {
		return
	}
	delete(p.left, at)
	maps.DeleteFunc(p.omitted, func(o Omission, _ bool) bool { return o.Name == "/"+at })
}
