package maintscript

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/shell"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// alternative is what a package gives update-alternatives: a target for a link, and further links that follow it.
type alternative struct {
	pkg      *plan.Package
	priority int
	links    []followed // the first is the master's, the others are slaves
}

type followed struct{ link, target string }

// AddAlternatives makes the names that update-alternatives would make when the packages were configured. They are read
// from the postinst scripts, which are never run; what a script computes is listed as not done. Of several offers of
// one name that of the highest priority wins, with all its slaves; of equal ones the first by the package's name, as it
// is configured first. An offer without its target in the plan counts as none. A better one may come with a later
// package: then it replaces the other.
func (p *Pass) AddAlternatives() error {
	best := map[string]*alternative{}
	for _, name := range slices.Sorted(maps.Keys(p.Packages)) {
		for _, o := range p.offersOf(p.Packages[name]) {
			at := o.links[0].link
			if old, ok := best[at]; p.ByPath[o.links[0].target] != nil && (!ok || o.priority > old.priority) {
				best[at] = o
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(best)) {
		for _, l := range best[at].links {
			if err := p.addAlternative(best[at], l); err != nil {
				return err
			}
		}
	}
	return nil
}

// offersOf are the offers of a package's postinst, read once.
func (p *Pass) offersOf(pkg *plan.Package) []*alternative {
	all, ok := p.alternatives[pkg.Name]
	if !ok {
		all = p.offers(pkg)
		p.alternatives[pkg.Name] = all
	}
	return all
}

// offers are those of a package's postinst, in their order.
func (p *Pass) offers(pkg *plan.Package) []*alternative {
	text := pkg.Scripts["postinst"]
	if !strings.Contains(text, "update-alternatives") {
		return nil
	}
	// Nothing is known yet of which files there will be: every branch counts, and an offer without its target does not.
	commands, err := shell.Read(text, p.surroundings(pkg, "postinst", nil))
	if err != nil {
		p.Omit("alternatives of "+pkg.Name, err.Error(), pkg.Name)
		return nil
	}
	var all []*alternative
	for _, c := range commands {
		if c.Name() == "update-alternatives" {
			if o, ok := p.readOffer(pkg, c.Words[1:]); ok {
				all = append(all, o)
			}
		}
	}
	return all
}

// readOffer reads the arguments of update-alternatives(1): --install LINK NAME PATH PRIORITY, and after that any number
// of --slave LINK NAME PATH.
func (p *Pass) readOffer(pkg *plan.Package, words []string) (*alternative, bool) {
	o := &alternative{pkg: pkg}
	for len(words) > 0 {
		size := map[string]int{"--install": 5, "--slave": 4}[words[0]]
		if size == 0 {
			words = words[1:]
			continue
		}
		if len(words) < size {
			break
		}
		link, target := words[1], words[3]
		at, to := debian.InRoot(link), debian.InRoot(target)
		computed := strings.ContainsAny(link+target, "$`*?") || !path.IsAbs(link) || !path.IsAbs(target)
		if words[0] == "--install" {
			o.priority, _ = strconv.Atoi(words[4])
		}
		words = words[size:]
		switch {
		case paths.IsBelow(at, "usr/share/man"):
			if len(o.links) == 0 {
				return o, false
			}
		case computed:
			p.Omit("alternative "+link, "the maintainer script of "+pkg.Name+" computes it", pkg.Name)
			if len(o.links) == 0 {
				return o, false
			}
		default:
			o.links = append(o.links, followed{at, to})
		}
	}
	return o, len(o.links) > 0
}

// addAlternative makes one link of an offer. The links of a worse offer that was made before go, if it is in the way.
func (p *Pass) addAlternative(o *alternative, l followed) error {
	there, old := p.ByPath[l.target], p.ByPath[l.link]
	switch {
	case there == nil:
		return nil
	case old != nil && p.made[old] != nil && p.made[old] != o && p.made[old].priority < o.priority:
		for _, worse := range p.made[old].links {
			if f := p.ByPath[worse.link]; f != nil && p.made[f] == p.made[old] {
				p.Remove(f)
			}
		}
	case p.Here(l.link):
		return nil
	}
	f := &plan.File{File: manifest.File{
		Layer: p.Layer(l.link, there.Layer), Path: l.link, Kind: tree.Symlink, Mode: "0777",
		Link: "/" + l.target, Package: o.pkg.Name, Slice: there.Slice,
	}}
	p.made[f] = o
	return p.Put(f, manifest.Reason{Kind: manifest.Alternative, By: o.pkg.Name, Name: "/" + l.target})
}
