package closure

import (
	"cmp"
	"maps"
	"slices"
)

// noteKey is a Note without its symbols.
type noteKey struct{ importer, provider, library, rule, program string }

// isInjected notes a need that no file of the tree meets, if a library of that name comes into the container when it starts.
func (p *prover) isInjected(n node, soname string) bool {
	injector, ok := InjectorOf(soname)
	if !ok {
		return false
	}
	if !slices.Contains(p.injected[n], soname) {
		p.injected[n] = append(p.injected[n], soname)
		p.notes[noteKey{importer: p.tree.name(n), library: soname, program: injector.Name}] = nil
	}
	return true
}

// brought notes the symbols that a library may have which an object needs, itself or by another, and an injector brings, and
// answers the others.
func (p *prover) brought(n node, missing []Symbol) []Symbol {
	if len(p.injected) == 0 {
		return missing
	}
	for _, at := range p.scope(n) {
		for _, soname := range p.injected[at] {
			injector, _ := InjectorOf(soname)
			missing = slices.DeleteFunc(missing, func(s Symbol) bool {
				if s.Soname != "" && s.Soname != soname || !injector.exports(s) {
					return false
				}
				p.note(noteKey{importer: p.tree.name(n), library: soname, program: injector.Name}, s)
				return true
			})
		}
	}
	return missing
}

// believed notes the symbols that whoever loads a module must bring, and answers
// the others.
func (p *prover) believed(n node, missing []Symbol) []Symbol {
	near := p.near(n)
	return slices.DeleteFunc(missing, func(s Symbol) bool {
		if at := slices.IndexFunc(near, func(o node) bool { return o != n && p.has(o, s) }); at >= 0 {
			p.note(noteKey{importer: p.tree.name(n), provider: p.tree.name(near[at])}, s)
			return true
		}
		module := p.tree.canonical(p.tree.libs[n].Path)
		for _, rule := range Hosts() {
			if !rule.covers(module, s.Name) {
				continue
			}
			other, ok := p.moduleWith(s)
			if !ok {
				other, ok = p.hostWith(rule, module, s)
			}
			if ok {
				p.note(noteKey{importer: p.tree.name(n), provider: p.tree.name(other), rule: rule.Name}, s)
				return true
			}
			if !p.hasHost(rule, module) {
				p.note(noteKey{importer: p.tree.name(n), rule: rule.Name, program: rule.Program}, s)
				return true
			}
		}
		if s.Version == "" && p.unused(n) {
			p.note(noteKey{importer: p.tree.name(n), rule: "unneeded", program: "whoever links to it"}, s)
			return true
		}
		return false
	})
}

func (p *prover) note(key noteKey, s Symbol) { p.notes[key] = append(p.notes[key], s.Name) }

// near answers the modules that a program may have opened for all to see before
// this one, and what they need.
func (p *prover) near(n node) []node {
	here := p.directory(n)
	if p.tree.shared(here) {
		return nil
	}
	var all []node
	for _, dir := range slices.Sorted(maps.Keys(p.modules)) {
		if within(dir, here) || within(here, dir) {
			all = append(all, p.modules[dir]...)
		}
	}
	return p.spread(all)
}

// moduleWith answers a module of any directory that has a symbol: nginx's Perl
// module, for all to see, has what its part in Perl's directories uses.
func (p *prover) moduleWith(s Symbol) (node, bool) {
	for _, dir := range slices.Sorted(maps.Keys(p.modules)) {
		for _, n := range p.modules[dir] {
			if p.has(n, s) {
				return n, true
			}
		}
	}
	return 0, false
}

// hostsOf answers what has the anchor of a rule and can load a module of that path: programs, and libraries that programs or
// other modules open, as PostgreSQL's module for Python does with Python's.
func (p *prover) hostsOf(rule HostRule, module string) []node {
	if rule.Anchor == "" {
		return nil
	}
	all, known := p.hosts[rule.Anchor]
	if !known {
		for i, l := range p.tree.libs {
			if l.Object.HasSymbol(rule.Anchor, "") {
				all = append(all, node(i))
			}
		}
		p.hosts[rule.Anchor] = all
	}
	version := rule.version(module)
	return slices.DeleteFunc(slices.Clone(all), func(n node) bool {
		own := rule.version(p.tree.canonical(p.tree.libs[n].Path))
		return version != "" && own != "" && own != version
	})
}

// hasHost says whether the tree has the program that a rule is about, for a module of that path.
func (p *prover) hasHost(rule HostRule, module string) bool { return len(p.hostsOf(rule, module)) > 0 }

// hostWith answers a host of a module that has a symbol itself.
func (p *prover) hostWith(rule HostRule, module string, s Symbol) (node, bool) {
	for _, n := range p.hostsOf(rule, module) {
		if p.has(n, s) {
			return n, true
		}
	}
	return 0, false
}

func (p *prover) sortedNotes() []Note {
	var all []Note
	for key, symbols := range p.notes {
		slices.Sort(symbols)
		all = append(all, Note{
			Importer: key.importer, Symbols: slices.Compact(symbols), Provider: key.provider, Library: key.library, Rule: key.rule,
			Program: key.program,
		})
	}
	slices.SortFunc(all, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Importer, b.Importer), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Library, b.Library))
	})
	return all
}
