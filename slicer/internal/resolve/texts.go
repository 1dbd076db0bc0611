package resolve

import (
	"maps"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// unusedByTexts is why what documentation depends on is omitted.
const unusedByTexts = "only documentation depends on it, and no link of that leads there"

// isTexts tells whether a package is documentation: its section or its name says so, and nothing of it runs. One that has nothing
// but a page about itself is none by that: packages which are there for what they depend on, as imagemagick, have no more.
func (p *Resolver) isTexts(from *plan.Package) bool {
	bySection, texts := InSectionDoc(from.Package), false
	if !bySection && !strings.Contains(from.Name, "-doc") {
		return false
	}
	for _, e := range from.Entries {
		if e.Kind == tree.Directory {
			continue
		}
		switch p.ClassOf(from, e) {
		case debian.ClassCopyright:
		case debian.ClassDoc, debian.ClassMan:
			texts = true
		case debian.ClassBins, debian.ClassLibs:
			return false
		default:
			if !bySection {
				return false
			}
		}
	}
	return texts
}

// dependenciesOfTexts are those packages that a package of documentation depends on and that are documentation too, by their section,
// or that a link of it leads into: pages use the scripts of others so, and pictures of the pages of all languages. A page about a
// library does not bring the compiler.
func (p *Resolver) dependenciesOfTexts(from *plan.Package, r Request) ([]Request, error) {
	var names []string
	if err := p.EachDependency(r.Name, AnyDependency, func(name string) { names = append(names, name) }); err != nil {
		return nil, err
	}
	outside := p.linksOut(from)
	var next []Request
	for _, name := range names {
		if p.Settled[name] {
			continue
		}
		used, err := p.isUsedByTexts(name, outside)
		if err != nil {
			return nil, err
		}
		if !used {
			p.Omit(name, unusedByTexts, r.Name)
			continue
		}
		p.Settled[name] = true
		why := manifest.Reason{Kind: manifest.Depends, By: r.Name}
		next = append(next, Request{Name: name, Why: why, Layer: r.Layer, Texts: r.Texts || r.Why.Kind != manifest.Depends})
	}
	return next, nil
}

// linksOut are the places outside of a package that its links in the plan lead to.
func (p *Resolver) linksOut(from *plan.Package) []string {
	var all []string
	for _, e := range from.Entries {
		if f := p.ByPath[e.Path]; e.Kind != tree.Symlink || f == nil || f.Package != from.Name {
			continue
		}
		if to := debian.LinkTarget(e.Path, e.Link); to != "" {
			if _, own := from.Entry(to); !own {
				all = append(all, to)
			}
		}
	}
	return all
}

// InSectionDoc tells whether a package is in the section of documentation, of any component: doc, contrib/doc.
func InSectionDoc(pkg *packages.Package) bool { return paths.Base(pkg.Section) == "doc" }

// isUsedByTexts tells whether a package is documentation itself, or has a file, directory or link at one of the places that links of
// documentation lead to. Without places it is not looked into.
func (p *Resolver) isUsedByTexts(name string, places []string) (bool, error) {
	described, _, err := p.Lookup(name)
	if err != nil {
		return false, err
	}
	if isDoc := InSectionDoc(described); isDoc || len(places) == 0 {
		return isDoc, nil
	}
	pkg, err := p.Peek(name)
	if err != nil {
		return false, err
	}
	for _, at := range places {
		if _, ok := pkg.Entry(at); ok {
			return true, nil
		}
	}
	return false, nil
}

// forgetUnused takes back that a package was omitted because only documentation depends on it.
func (p *Resolver) forgetUnused(name string) {
	maps.DeleteFunc(p.Omitted, func(o manifest.Omission, _ bool) bool { return o.Name == name && o.Reason == unusedByTexts })
}
