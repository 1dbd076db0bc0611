package closure

import (
	"path"
	"slices"
	"strings"
)

// next answers what an object needs directly.
func (p *prover) next(n node) []node {
	if !n.onFloor() {
		return p.targets[n]
	}
	var all []node
	for _, soname := range p.tree.floor[^n].Needed {
		if list := p.tree.floorBy[soname]; len(list) > 0 {
			all = append(all, list[0])
		}
	}
	return all
}

// scope answers an object and all it needs, breadth first as the loader does.
// Only the last one is kept: those of a long chain together are quadratic.
func (p *prover) scope(n node) []node {
	if len(p.last) == 0 || p.last[0] != n {
		p.last = p.spread(append(p.last[:0], n))
	}
	return p.last
}

// spread adds all that some objects need.
func (p *prover) spread(all []node) []node {
	p.turn++
	for _, n := range all {
		p.fresh(n)
	}
	for at := 0; at < len(all); at++ {
		for _, n := range p.next(all[at]) {
			if p.fresh(n) {
				all = append(all, n)
			}
		}
	}
	return all
}

// fresh says whether a node is seen for the first time in this turn. A set for
// every object would take longer than the walk.
func (p *prover) fresh(n node) bool {
	at := int(n)
	if n.onFloor() {
		at = len(p.tree.libs) + int(^n)
	}
	if p.seen[at] == p.turn {
		return false
	}
	p.seen[at] = p.turn
	return true
}

// symbols checks the strong undefined symbols of an object.
func (p *prover) symbols(n node) {
	lib := p.tree.libs[n]
	var missing []Symbol
	for _, s := range lib.Object.Undefined {
		if p.ctx.Err() != nil {
			return
		}
		if !s.Weak && !p.resolves(n, s) {
			missing = append(missing, s)
		}
	}
	if len(missing) == 0 {
		return
	}
	// Few come this far: modules that use what their program exports.
	wider := p.wider(n)
	missing = slices.DeleteFunc(missing, func(s Symbol) bool { return p.exported(wider, s) })
	missing = p.brought(n, missing)
	if !p.reached[n] && len(missing) > 0 {
		missing = p.believed(n, missing)
	}
	for _, s := range missing {
		f := Finding{Kind: MissingSymbol, Importer: lib.Path, Name: s.Name, Version: s.Version, Provider: s.Soname}
		if target, ok := p.provider(n, s.Soname); ok && s.Soname != "" {
			f.Provider = p.tree.name(target)
		}
		p.report(f)
	}
}

// resolves looks in the object's own scope, first at what it needs directly.
func (p *prover) resolves(n node, s Symbol) bool {
	if s.Soname != "" {
		for _, target := range p.next(n) {
			if p.named(target, s.Soname) && p.has(target, s) {
				return true
			}
		}
	}
	return p.exported(p.scope(n), s)
}

func (p *prover) exported(scope []node, s Symbol) bool {
	return slices.ContainsFunc(scope, func(n node) bool { return p.has(n, s) })
}

// has says whether a library exports a symbol.
func (p *prover) has(n node, s Symbol) bool {
	if !n.onFloor() {
		return p.tree.libs[n].Object.HasSymbol(s.Name, s.Version)
	}
	f := p.tree.floor[^n]
	if len(f.Symbols) == 0 {
		// Not known. A versioned symbol is believed of the library it names.
		return s.Soname == "" || s.Soname == f.Soname
	}
	names, ok := p.floorSymbols[n]
	if !ok {
		names = floorNames(f.Symbols)
		p.floorSymbols[n] = names
	}
	return names[s.Name+"@"+s.Version] || s.Version != "" && names[s.Name]
}

// floorNames lists the references that exported names satisfy: "name@VERSION"
// for a versioned one, "name@" for an unversioned one, and "name" for a
// definition without a version, which satisfies all.
func floorNames(symbols []string) map[string]bool {
	names := make(map[string]bool, 2*len(symbols))
	for _, s := range symbols {
		name, version, versioned := strings.Cut(s, "@")
		version, standard := strings.CutPrefix(version, "@")
		if !versioned {
			names[name] = true
		} else {
			names[name+"@"+version] = true
		}
		if !versioned || standard {
			names[name+"@"] = true
		}
	}
	return names
}

// wider answers the scope beyond an object's own: that of the executables that
// reach it, or of all executables when none does.
func (p *prover) wider(n node) []node {
	if p.loaders == nil {
		p.findPrograms()
	}
	if !p.reached[n] {
		return p.programs
	}
	return p.spread(slices.Clone(p.loaders[n]))
}

// unused says whether a library lies where programs find it, and none does.
func (p *prover) unused(n node) bool {
	soname := p.tree.libs[n].Object.Soname
	return soname != "" && !p.reached[n] && !p.needed[soname] && p.tree.shared(p.directory(n))
}

// findPrograms lists what executables load, and which executables load what.
func (p *prover) findPrograms() {
	p.loaders = make(map[node][]node)
	p.modules = make(map[string][]node)
	for i, l := range p.tree.libs {
		if dir := p.directory(node(i)); !p.reached[i] && !p.tree.shared(dir) {
			p.modules[dir] = append(p.modules[dir], node(i))
		}
		if !l.Object.Executable() {
			continue
		}
		p.programs = append(p.programs, node(i))
		for _, n := range p.scope(node(i)) {
			p.loaders[n] = append(p.loaders[n], node(i))
		}
	}
	p.programs = p.spread(p.programs)
}

func (p *prover) directory(n node) string {
	return path.Dir(p.tree.canonical(p.tree.libs[n].Path))
}
