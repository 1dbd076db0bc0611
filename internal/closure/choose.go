package closure

import (
	"cmp"
	"debug/elf"
	"path"
	"slices"
	"strings"
)

// askers adds, for each machine of the roots, an object without a path that
// stands for the user and for scripts: what they name is searched as by a plain
// program.
func (s *solver) askers() []node {
	if len(s.request.Extra)+len(s.request.Literals) == 0 {
		return nil
	}
	kinds := make([]wanted, 0, 1)
	for _, root := range s.request.Roots {
		kinds = append(kinds, wanted{machine: root.Object.Machine, class: root.Object.Class})
	}
	if len(kinds) == 0 {
		class := elf.ELFCLASS64
		if s.request.Machine == elf.EM_386 || s.request.Machine == elf.EM_ARM {
			class = elf.ELFCLASS32
		}
		kinds = append(kinds, wanted{machine: s.request.Machine, class: class})
	}
	slices.SortFunc(kinds, func(a, b wanted) int {
		return cmp.Or(cmp.Compare(a.machine, b.machine), cmp.Compare(a.class, b.class))
	})
	var nodes []node
	for _, kind := range slices.Compact(kinds) {
		nodes = append(nodes, node(len(s.tree.libs)))
		s.tree.libs = append(s.tree.libs, Library{Object: &Object{Machine: kind.machine, Class: kind.class}})
	}
	return nodes
}

// findInterp answers the interpreter of a program. The kernel opens its path;
// of a floor, the name is enough, because a floor's loader is where it belongs.
func (t *tree) findInterp(v visit) ([]found, bool) {
	o := t.libs[v.node].Object
	all, wrong := t.findPath(o.Interp, o)
	if len(all) > 0 {
		return all, false
	}
	for _, n := range t.floorBy[path.Base(o.Interp)] {
		if t.fits(n, o) {
			return []found{{node: n, path: t.name(n)}}, false
		}
		wrong = true
	}
	return nil, wrong
}

// choose takes the best candidate for a need, and adds it to the tree: of those
// that fit and provide the versions the first one in a directory that the
// importer searches, otherwise the first. The latter is in an unusual place,
// such as the blas directory of an alternative; it counts because it goes into
// the loader's cache. What the importer finds by itself does not: it is for
// those who look there.
func (s *solver) choose(v visit, n need, candidates []Library, missing Missing) (found, Missing) {
	o := s.tree.libs[v.node].Object
	base := path.Base(expand(n.soname, v.origin, o))
	best, searched := -1, false
	for i, c := range candidates {
		if c.Object.Machine != o.Machine || c.Object.Class != o.Class {
			if missing.Reason == NotFound {
				missing.Reason = WrongArchitecture
			}
			continue
		}
		if lack, bad := lacksVersion(c.Object.Provides, n.versions); bad {
			if missing.Provider == "" {
				missing = Missing{Reason: VersionNotProvided, Version: lack, Provider: c.Path}
			}
			continue
		}
		here := s.tree.searches(v, path.Dir(c.Path))
		if best < 0 || here && !searched {
			best, searched = i, here
		}
	}
	if best < 0 {
		return found{}, missing
	}
	lib := candidates[best]
	at := s.tree.add(lib)
	if !searched {
		s.tree.enter(base, at)
	}
	// Its package ships the link of this name, or ldconfig's cache stands for it.
	named := path.Join(path.Dir(lib.Path), base)
	if _, ok := s.tree.lookup(named); !ok {
		s.tree.byPath[s.tree.canonical(named)] = at
	}
	return found{node: at, path: named}, Missing{}
}

// named is the directories that an object and its loaders name, joined by ':'.
func (t *tree) named(v visit) string {
	o := t.libs[v.node].Object
	return strings.Join(append(expandAll(o.RunPath, v.origin, o), t.rpath(v)), ":")
}

// searches says whether an object's search covers a directory.
func (t *tree) searches(v visit, dir string) bool {
	o := t.libs[v.node].Object
	dir = t.canonicalDir(dir)
	if t.cached[dir] {
		return true
	}
	lists := [][]string{t.search.EnvDirs, expandAll(o.RunPath, v.origin, o), t.search.SearchDirs}
	if len(o.RunPath) == 0 {
		lists = append(lists, strings.Split(t.rpath(v), ":"))
	}
	for _, list := range lists {
		for _, d := range list {
			if d != "" && t.canonicalDir(d) == dir {
				return true
			}
		}
	}
	return false
}

// sorted orders the result and drops what was recorded twice.
func (s *solver) sorted() Result {
	r := s.result
	r.Added = slices.Clone(s.tree.libs[s.given:])
	slices.SortFunc(r.Added, func(a, b Library) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(r.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Soname, b.Soname),
			cmp.Compare(a.To, b.To), cmp.Compare(a.Rule, b.Rule), compareBool(a.Floor, b.Floor))
	})
	r.Edges = slices.Compact(r.Edges)
	slices.SortFunc(r.Missing, func(a, b Missing) int {
		return cmp.Or(cmp.Compare(a.Importer, b.Importer), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Soname, b.Soname),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Provider, b.Provider))
	})
	r.Missing = slices.Compact(r.Missing)
	slices.SortFunc(r.Hints, compareHints)
	r.Hints = slices.CompactFunc(r.Hints, func(a, b Hint) bool { return compareHints(a, b) == 0 })
	slices.SortFunc(r.Modules, func(a, b Module) int {
		return cmp.Or(cmp.Compare(a.Library, b.Library), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Package, b.Package),
			cmp.Compare(a.Glob, b.Glob))
	})
	r.Modules = slices.Compact(r.Modules)
	return r
}

func compareHints(a, b Hint) int {
	return cmp.Or(cmp.Compare(a.Importer, b.Importer), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Rule, b.Rule),
		slices.Compare(a.Sonames, b.Sonames), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Why, b.Why))
}
