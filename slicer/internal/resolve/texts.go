package resolve

import (
	"maps"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// unusedByTexts is why what documentation depends on is omitted.
const unusedByTexts = "only documentation depends on it, and no link of that leads there"

// isTexts tells whether a package is documentation: it has nothing else, or its section says so and nothing of it runs.
func (p *Resolver) isTexts(from *plan.Package) bool {
	texts, section := false, from.Section[strings.LastIndexByte(from.Section, '/')+1:]
	for _, e := range from.Entries {
		if e.Kind == tree.Directory {
			continue
		}
		switch class := p.ClassOf(from, e); {
		case class == debian.ClassCopyright:
		case class == debian.ClassDoc, class == debian.ClassMan:
			texts = true
		case section != "doc", class == debian.ClassBins, class == debian.ClassLibs:
			return false
		}
	}
	return texts
}

// dependenciesOfTexts are those packages that a package of documentation depends on and that a link of it leads into: pages use the
// scripts of others so, and a package of a name alone has another's pages. A page about a library does not bring the compiler.
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
		used, err := p.hasAny(name, outside)
		if err != nil {
			return nil, err
		}
		if !used {
			p.Omit(name, unusedByTexts, r.Name)
			continue
		}
		p.Settled[name] = true
		next = append(next, Request{Name: name, Why: manifest.Reason{Kind: manifest.Depends, By: r.Name}, Layer: r.Layer})
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

// hasAny tells whether a package has a file, directory or link at one of some places. Without places it is not looked into.
func (p *Resolver) hasAny(name string, places []string) (bool, error) {
	if len(places) == 0 {
		return false, nil
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
