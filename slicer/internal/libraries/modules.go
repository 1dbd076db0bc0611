package libraries

import (
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// takeModules plans the files that a library opens by directory, as far as the library's package, or one that the rule
// names, has them. It answers whether there was anything new.
func (p *Pass) takeModules(modules []closure.Module) (bool, error) {
	again := false
	for _, m := range modules {
		if m.Whole && !p.readsCharsets() {
			p.notePart(m)
			continue
		}
		pkg, err := p.packageOfModules(m)
		if err != nil {
			return false, err
		}
		if pkg == nil {
			continue
		}
		why := manifest.Reason{Kind: manifest.DlopenRule, By: m.Library, Name: m.Rule}
		for _, e := range pkg.Entries {
			if e.Kind == tree.Directory || p.Here(e.Path) || p.OmittedPaths[e.Path] || !within(m.Glob, "/"+e.Path) {
				continue
			}
			if class := p.ClassOf(pkg, e); !debian.ClassAll.Has(class) {
				continue
			}
			if err := p.Take(pkg, e, p.Slice(pkg.Name, debian.ClassData, why), contract.LayerSlices, why); err != nil {
				return false, err
			}
			again = true
		}
		if m.Whole {
			p.forgetPart(m)
		}
	}
	return again, nil
}

// readsCharsets tells whether a program of a package that was asked for by its name reads texts in any character set. Private
// programs do not count: compilers can, when they are told to.
func (p *Pass) readsCharsets() bool {
	for _, f := range p.Sorted() {
		if f.From == nil || f.Kind != tree.File || !debian.IsProgram(f.Path) || !slices.ContainsFunc(p.Want.Names, func(n plan.Named) bool { return n.Name == f.Package }) {
			continue
		}
		if o, err := p.Object(f); err == nil && o != nil && o.ReadsCharsets() {
			return true
		}
	}
	return false
}

// notePart lists what a rule takes in part, with a slice that has the rest.
func (p *Pass) notePart(m closure.Module) {
	pkg, _ := p.packageAt(m.Library)
	if pkg == nil {
		return
	}
	var rest []string
	for _, e := range pkg.Entries {
		if e.Kind != tree.Directory && within(m.Glob, "/"+e.Path) && !p.Here(e.Path) {
			rest = append(rest, e.Path)
		}
	}
	p.forgetPart(m)
	if len(rest) > 0 {
		p.OmitFor(manifest.Omission{
			Name: m.Glob, Reason: "only what most programs need is taken: " + m.Why, By: m.Library, Slice: p.sliceWith(pkg, rest),
		})
	}
}

// forgetPart takes back that a rule takes a part.
func (p *Pass) forgetPart(m closure.Module) {
	maps.DeleteFunc(p.Omitted, func(o manifest.Omission, _ bool) bool { return o.Name == m.Glob })
}

// sliceWith names a slice that has some files of a package: the first of the definitions by name, or else the derived one of their
// class.
func (p *Pass) sliceWith(pkg *plan.Package, files []string) string {
	if d := p.Definition(pkg.Name); d != nil {
		for _, name := range slices.Sorted(maps.Keys(d.Slices)) {
			m := d.Slices[name].Matcher(p.Want.Arch)
			if !slices.ContainsFunc(files, func(at string) bool { return len(m.Wants("/"+at)) == 0 }) {
				return d.Slices[name].String()
			}
		}
	}
	e, _ := pkg.Entry(files[0])
	return p.ClassOf(pkg, e).Slice(pkg.Name)
}

// packageOfModules is the package whose files a rule brings; nil where they are none of this cut's business: the library
// is of the run image or of the app, or a definition says which modules belong to it.
func (p *Pass) packageOfModules(m closure.Module) (*plan.Package, error) {
	pkg, slice := p.packageAt(m.Library)
	if pkg == nil {
		return nil, nil
	}
	_, class, _ := strings.Cut(slice, "_")
	if p.HasDefinition(pkg.Name, debian.Class(class)) && !m.Whole && (!m.Always || p.Defined[slice]) {
		return nil, nil
	}
	if m.Package == "" {
		return pkg, nil
	}
	other, err := p.Peek(m.Package)
	if errors.Is(err, packages.ErrNoPackage) {
		p.Omit(m.Package, "it has what "+m.Rule+" is about, and no source has it: "+m.Why, m.Library)
		return nil, nil
	}
	return other, err
}

// noteHints lists what some programs load and others do without: it is named, never taken. What the run image's own
// libraries would like is no business of this cut.
func (p *Pass) noteHints(hints []closure.Hint) {
	for _, h := range hints {
		if _, script := p.named[h.Importer]; !script && p.app[h.Importer] == nil && p.FileAt(h.Importer) == nil {
			continue
		}
		name := h.Package
		if name == "" {
			name = strings.Join(h.Sonames, " or ")
		} else if _, taken := p.Packages[name]; taken {
			continue
		}
		reason := "some programs need it at run time: " + h.Why
		if h.Why == "" {
			reason = "some programs need it at run time, for " + h.Rule
		}
		if injector, ok := closure.InjectorOf(name); ok {
			reason = injector.Reason()
		}
		p.Omit(name, reason, h.Importer)
	}
}

// notePlugins lists what the plugins of the app's packages lack.
func (p *Pass) notePlugins() {
	for _, g := range p.plugins {
		p.Omit(g.Lacks, g.WhyLacking(), g.Path)
	}
}

// within tells whether a path matches the glob, or lies below a directory that does.
func within(glob, at string) bool {
	for ; at != "/" && at != ""; at = path.Dir(at) {
		if ok, err := path.Match(glob, at); err == nil && ok {
			return true
		}
	}
	return false
}
