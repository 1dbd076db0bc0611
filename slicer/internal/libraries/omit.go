package libraries

import (
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/tree"
)

// omitModules omits the modules of packages that cannot be loaded, and tells whether there were any: a plugin, driver or
// extension that needs a library which its package does not depend on. Debian's packages have such files, for those who
// have the library anyway. A program that lacks a library, and a library that others need, stay: that is an error.
func (p *Pass) omitModules(res closure.Result) (bool, error) {
	needed := map[string]bool{}
	for _, e := range res.Edges {
		needed[e.To] = needed[e.To] || e.From != ""
	}
	omitted := false
	for _, m := range res.Missing {
		f := p.FileAt(m.Importer)
		if f == nil || f.From == nil || m.Kind != closure.KindNeeded || m.Reason != closure.NotFound || needed[m.Importer] {
			continue
		}
		o, err := p.Object(f)
		if err != nil {
			return false, err
		}
		if o == nil || o.Executable() || debian.IsProgram(f.Path) || p.isAsked(f) {
			continue
		}
		p.omitWithLinks(f, fmt.Sprintf("it needs %s, and package %s does not depend on a package that has it", m.Soname, f.Package))
		omitted = true
	}
	return omitted, nil
}

// lookAnywhere lets libraries be looked for anywhere that programs need and that their packages forgot to depend on. It tells
// whether there were any that were not looked for so before.
func (p *Pass) lookAnywhere(missing []closure.Missing) bool {
	fresh := false
	for _, m := range missing {
		if m.Reason == closure.NotFound && p.isPackaged(m.Importer) && !p.everywhere[paths.Base(m.Soname)] {
			p.everywhere[paths.Base(m.Soname)] = true
			fresh = true
		}
	}
	return fresh
}

// isPackaged tells whether a place is that of a package's file, in the plan or proposed by the closure.
func (p *Pass) isPackaged(at string) bool {
	f := p.FileAt(at)
	return f != nil && f.From != nil || len(p.found[at]) > 0
}

// isAsked tells whether a file is wanted for itself, with what it needs: a definition or the user names its very slice, or
// the user names its package and it is a library for others.
func (p *Pass) isAsked(f *plan.File) bool {
	s := p.Slices[f.Slice]
	public := slices.Contains(debian.LibraryDirs(p.Triplet), paths.Parent(f.Path)) && debian.IsLibraryName(paths.Base(f.Path))
	if public && slices.ContainsFunc(p.Want.Names, func(n plan.Named) bool { return n.Name == f.Package }) {
		return true
	}
	if _, class, _ := strings.Cut(f.Slice, "_"); p.HasDefinition(f.Package, debian.Class(class)) {
		return true
	}
	return s != nil && slices.ContainsFunc(p.Want.Names, func(n plan.Named) bool { return n.Name == s.Name })
}

// omitWithLinks omits a file that was planned, and the links of its package to it.
func (p *Pass) omitWithLinks(f *plan.File, reason string) {
	p.Omit("/"+f.Path, reason, f.Slice)
	p.OmitFile(f)
	for _, l := range p.Sorted() {
		if l.Kind == tree.Symlink && l.Package == f.Package && debian.LinkTarget(l.Path, l.Link) == f.Path {
			p.OmitFile(l)
		}
	}
}
