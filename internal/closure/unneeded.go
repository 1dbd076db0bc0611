package closure

import (
	"debug/elf"
	"maps"
	"path"
	"slices"
)

// Uses is what is known of a tree beside its objects' own needs.
type Uses struct {
	Rules []DlopenRule
	Asked []string            // paths of libraries that somebody asked for
	Named map[string][]string // path of any file, to base names of libraries that occur in it
}

// Unneeded answers the paths of the libraries in the loader's directories that
// nothing needs, sorted. In use are executables; objects in directories that
// are not the loader's, because those are opened by path; what was asked for;
// what an object in use needs, names in a note, or opens by a rule; and what is
// named in a file in use, or in one that is no object.
func Unneeded(objs []Library, floor []FloorLibrary, search Search, u Uses) []string {
	t := newTree(search, objs, floor)
	a := &attic{tree: t, walk: newWalk(t), uses: u, used: make([]bool, len(t.libs)), byName: make(map[string][]node)}
	for i, l := range t.libs {
		a.byName[path.Base(l.Path)] = append(a.byName[path.Base(l.Path)], node(i))
		if l.Object.Soname != "" {
			a.byName[l.Object.Soname] = append(a.byName[l.Object.Soname], node(i))
		}
	}
	a.begin()
	for v, ok := a.walk.next(); ok; v, ok = a.walk.next() {
		a.follow(v)
	}
	var left []string
	for i, l := range t.libs {
		if !a.used[i] && l.Object.Type == elf.ET_DYN {
			left = append(left, l.Path)
		}
	}
	slices.Sort(left)
	return left
}

// attic is where the search for things in use goes on.
type attic struct {
	tree   *tree
	walk   *walk
	uses   Uses
	used   []bool
	byName map[string][]node
}

// begin visits what is in use by itself.
func (a *attic) begin() {
	for i, l := range a.tree.libs {
		// The C library and the loader are libraries that can be started, too.
		program := l.Object.Executable() && l.Object.Soname == ""
		if program || !a.tree.shared(path.Dir(a.tree.canonical(l.Path))) {
			a.use(node(i))
		}
	}
	for _, at := range a.uses.Asked {
		if n, ok := a.tree.lookup(at); ok && !n.onFloor() {
			a.use(n)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(a.uses.Named)) {
		if n, ok := a.tree.lookup(at); !ok || n.onFloor() {
			a.names(a.uses.Named[at])
		}
	}
}

func (a *attic) use(n node) {
	if !a.used[n] {
		a.used[n] = true
		a.walk.root(n)
	}
}

// names marks the libraries of some names as used.
func (a *attic) names(names []string) {
	for _, name := range names {
		for _, n := range a.byName[name] {
			a.use(n)
		}
		// A link by that name leads to a library: libx.so -> libx.so.1.
		for _, dir := range a.tree.search.SearchDirs {
			if n, ok := a.tree.lookupIn(dir, name); ok && !n.onFloor() {
				a.use(n)
			}
		}
	}
}

// opened marks what a rule says is opened by directory.
func (a *attic) opened(globs []string) {
	for i, l := range a.tree.libs {
		if !a.used[i] && slices.ContainsFunc(globs, func(glob string) bool {
			ok, err := path.Match(glob, a.tree.canonical(l.Path))
			return ok && err == nil
		}) {
			a.use(node(i))
		}
	}
}

func (a *attic) follow(v visit) {
	lib := a.tree.libs[v.node]
	if lib.Object.Interp != "" {
		if all, _ := a.tree.findInterp(v); len(all) > 0 && !all[0].node.onFloor() {
			a.use(all[0].node)
		}
	}
	wanted := slices.Clone(lib.Object.Needed)
	for _, note := range lib.Object.Dlopen {
		wanted = append(wanted, note.Sonames...)
	}
	for _, rule := range a.uses.Rules {
		if rule.matches(lib.Object.Soname, path.Base(lib.Path)) {
			wanted = append(wanted, rule.Sonames...)
			a.opened(rule.globs(lib.Object.Machine))
		}
	}
	for _, soname := range wanted {
		all, _ := a.tree.findNeeded(v, soname, required(lib.Object, soname))
		for _, f := range all {
			if !f.node.onFloor() {
				a.used[f.node] = true
				a.walk.child(v, f)
			}
		}
	}
	a.names(a.uses.Named[lib.Path])
}
