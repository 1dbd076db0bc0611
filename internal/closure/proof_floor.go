package closure

import (
	"maps"
	"slices"
	"strings"
)

// FloorUse is what the objects of a tree need of one library of the floor.
type FloorUse struct {
	Soname   string
	By       string   // path of the first object, by name, that needs it
	Versions []string // symbol versions that the loader wants of it, sorted
	// Symbols are those that no version vouches for, sorted: references without a version ("name"), and those of a
	// version that a library keeps for its own package ("name@GLIBC_PRIVATE").
	Symbols []string
}

// PrivateVersion tells whether a symbol version is one that a library gives to parts of its own package: what stands behind
// it changes from one upstream version to the next under the same name.
func PrivateVersion(version string) bool { return strings.Contains(version, "PRIVATE") }

// floorUses tells what the objects were found to need of the floor: without it a later floor could not be held against
// the tree. Of a floor library whose symbols are not known, no symbols are told.
func (p *prover) floorUses() []FloorUse {
	if len(p.tree.floor) == 0 {
		return nil
	}
	uses := map[string]*floorUse{}
	for i, lib := range p.tree.libs {
		if p.ctx.Err() != nil {
			return nil
		}
		p.addUses(uses, node(i), lib)
	}
	var all []FloorUse
	for _, soname := range slices.Sorted(maps.Keys(uses)) {
		u := uses[soname]
		all = append(all, FloorUse{Soname: soname, By: u.by, Versions: slices.Sorted(maps.Keys(u.versions)), Symbols: slices.Sorted(maps.Keys(u.symbols))})
	}
	return all
}

// floorUse is what objects need of a library of the floor: the first of them by its path, and symbols.
type floorUse struct {
	by                string
	versions, symbols map[string]bool
}

// addUses adds what one object needs of the floor: its libraries, their versions, and symbols that no version vouches for.
func (p *prover) addUses(uses map[string]*floorUse, n node, lib Library) {
	use := func(target node) *floorUse {
		soname := p.tree.floor[^target].Soname
		u := uses[soname]
		if u == nil {
			u = &floorUse{by: lib.Path, versions: map[string]bool{}, symbols: map[string]bool{}}
			uses[soname] = u
		}
		u.by = min(u.by, lib.Path)
		return u
	}
	for _, target := range p.targets[n] {
		if target.onFloor() {
			use(target)
		}
	}
	for _, need := range lib.Object.Requires {
		target, ok := p.provider(n, need.Soname)
		if !ok || !target.onFloor() {
			continue
		}
		u := use(target)
		for _, v := range need.Versions {
			u.versions[v] = true
		}
	}
	for _, s := range lib.Object.Undefined {
		if s.Weak || s.Version != "" && !PrivateVersion(s.Version) {
			continue
		}
		if target, ok := p.exporter(n, s); ok && target.onFloor() {
			use(target).symbols[reference(s)] = true
		}
	}
}

func reference(s Symbol) string {
	if s.Version == "" {
		return s.Name
	}
	return s.Name + "@" + s.Version
}

// exporter answers the first library of an object's scope that is known to export a symbol.
func (p *prover) exporter(n node, s Symbol) (node, bool) {
	for _, target := range p.scope(n) {
		if target.onFloor() && len(p.tree.floor[^target].Symbols) == 0 {
			continue
		}
		if p.has(target, s) {
			return target, true
		}
	}
	return 0, false
}
