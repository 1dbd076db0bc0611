package closure

import (
	"debug/elf"
	"path"
	"slices"
	"strings"
)

// Library is one ELF file of a tree.
type Library struct {
	Path   string // absolute, as the app will see it, links resolved
	Object *Object
	Origin string // opaque to this package: "app", a package's name …
}

// FloorLibrary is a library of which only the description is at hand: what a
// run image promises to have in the loader's default directories.
type FloorLibrary struct {
	Soname   string
	Path     string      // absolute; may be empty
	Machine  elf.Machine // EM_NONE fits any
	Needed   []string    // sonames; only for the scope of symbols
	Versions []string    // version definitions; none means unknown
	Symbols  []string    // as from Object.DefinedNames; none means unknown
	Class    elf.Class   // ELFCLASSNONE fits any
}

// Floor describes a library for a floor list.
func (l Library) Floor() FloorLibrary {
	o := l.Object
	return FloorLibrary{
		Soname: o.Soname, Path: l.Path, Machine: o.Machine, Class: o.Class,
		Needed: o.Needed, Versions: o.Provides, Symbols: o.DefinedNames(),
	}
}

// Search is where the loader looks, beside what the objects say themselves.
// All directories are absolute.
type Search struct {
	EnvDirs    []string     // LD_LIBRARY_PATH
	Cache      []CacheEntry // what an existing ld.so.cache lists
	CacheDirs  []string     // every library in them will be listed in the cache
	SearchDirs []string     // the loader's built-in directories; see DefaultDirs
	// Links are the symbolic links of the tree, of files and directories:
	// absolute path to target. /lib -> usr/lib and doors belong here.
	Links map[string]string
}

// DefaultDirs are the directories built into Debian's loader for a machine.
func DefaultDirs(m elf.Machine) []string {
	var dirs []string
	if triplet := triplet(m); triplet != "" {
		dirs = append(dirs, "/lib/"+triplet, "/usr/lib/"+triplet)
	}
	return append(dirs, "/lib", "/usr/lib")
}

// triplet is Debian's multiarch name of a little-endian machine, or empty.
func triplet(m elf.Machine) string {
	switch m {
	case elf.EM_X86_64:
		return "x86_64-linux-gnu"
	case elf.EM_AARCH64:
		return "aarch64-linux-gnu"
	case elf.EM_386:
		return "i386-linux-gnu"
	case elf.EM_ARM:
		return "arm-linux-gnueabihf"
	case elf.EM_PPC64:
		return "powerpc64le-linux-gnu"
	case elf.EM_RISCV:
		return "riscv64-linux-gnu"
	case elf.EM_S390:
		return "s390x-linux-gnu"
	}
	return ""
}

// hwcaps are the subdirectories of glibc-hwcaps that the loader of a machine
// may prefer, by what the processor can do.
func hwcaps(m elf.Machine) []string {
	switch m {
	case elf.EM_X86_64:
		return []string{"x86-64-v4", "x86-64-v3", "x86-64-v2"}
	case elf.EM_PPC64:
		return []string{"power10", "power9"}
	case elf.EM_S390:
		return []string{"z16", "z15", "z14", "z13"}
	}
	return nil
}

// tree is an index of all that the loader could find.
type tree struct {
	search   Search
	libs     []Library
	floor    []FloorLibrary
	byPath   map[string]node
	bySoname map[string][]node // libraries of the tree, by DT_SONAME
	cache    map[string][]node
	floorBy  map[string][]node
	dirs     map[string]string // canonical directories
	cached   map[string]bool   // canonical CacheDirs
	filled   map[string]bool   // canonical directories in which there is a library or a link
	paths    map[visit]searchPaths
}

// node is a library of the tree (its index) or of the floor (^index).
type node int

func (n node) onFloor() bool { return n < 0 }

func newTree(search Search, libs []Library, floor []FloorLibrary) *tree {
	t := &tree{
		search: search, floor: floor,
		byPath: make(map[string]node, len(libs)), bySoname: make(map[string][]node), cache: make(map[string][]node),
		floorBy: make(map[string][]node), dirs: make(map[string]string), cached: make(map[string]bool),
		filled: make(map[string]bool), paths: make(map[visit]searchPaths),
	}
	for at := range search.Links {
		t.filled[path.Dir(at)] = true
	}
	for _, dir := range search.CacheDirs {
		t.cached[t.canonical(dir)] = true
	}
	for i, f := range floor {
		n := node(^i)
		t.floorBy[f.Soname] = append(t.floorBy[f.Soname], n)
		if f.Path != "" {
			at := t.canonical(f.Path)
			t.byPath[at] = n
			t.filled[path.Dir(at)] = true
		}
	}
	for _, lib := range libs {
		t.add(lib)
	}
	// After the libraries, so that an entry finds its file.
	for _, e := range search.Cache {
		if n, ok := t.lookup(e.Path); ok && e.HWCap == "" {
			t.cache[e.Soname] = append(t.cache[e.Soname], n)
		}
	}
	return t
}

// add puts a library into the tree. The first one at a path stays.
func (t *tree) add(lib Library) node {
	at := t.canonical(lib.Path)
	if n, ok := t.byPath[at]; ok && !n.onFloor() {
		return n
	}
	n := node(len(t.libs))
	t.libs = append(t.libs, lib)
	t.byPath[at] = n
	if dir := path.Dir(at); !t.filled[dir] {
		t.filled[dir] = true
		clear(t.paths)
	}
	if soname := lib.Object.Soname; soname != "" {
		t.bySoname[soname] = append(t.bySoname[soname], n)
	}
	if t.cached[path.Dir(at)] {
		t.enter(lib.Object.Soname, n)
		t.enter(path.Base(at), n)
	}
	return n
}

// enter lists a library in the cache under a name.
func (t *tree) enter(name string, n node) {
	if name != "" && !slices.Contains(t.cache[name], n) {
		t.cache[name] = append(t.cache[name], n)
	}
}

// lookup answers what is at a path.
func (t *tree) lookup(name string) (node, bool) {
	n, ok := t.byPath[t.canonical(name)]
	return n, ok
}

func (t *tree) lookupIn(dir, name string) (node, bool) {
	full := path.Join(t.canonicalDir(dir), name)
	if _, ok := t.search.Links[full]; ok || strings.Contains(name, "/") {
		full = t.canonical(full)
	}
	n, ok := t.byPath[full]
	return n, ok
}

func (t *tree) canonicalDir(dir string) string {
	to, ok := t.dirs[dir]
	if !ok {
		to = t.canonical(dir)
		t.dirs[dir] = to
	}
	return to
}

// maxLinks is how many links Linux follows in one path.
const maxLinks = 40

// canonical resolves the links of an absolute path as the kernel does, so that
// ".." after a link leaves the link's target. A path with a loop is answered
// as "", where nothing is.
func (t *tree) canonical(name string) string {
	if len(t.search.Links) == 0 {
		return path.Clean(name)
	}
	rest, done, hops := strings.Split(name, "/"), "/", 0
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = path.Dir(done)
			continue
		}
		next := path.Join(done, part)
		to, ok := t.search.Links[next]
		if !ok {
			done = next
			continue
		}
		if hops++; hops > maxLinks {
			return ""
		}
		if path.IsAbs(to) {
			done = "/"
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return done
}

// fits says whether the loader takes a library for an object: class and machine
// must be the same. It skips others and searches on.
func (t *tree) fits(n node, o *Object) bool {
	if n.onFloor() {
		f := t.floor[^n]
		return (f.Machine == elf.EM_NONE || f.Machine == o.Machine) && (f.Class == elf.ELFCLASSNONE || f.Class == o.Class)
	}
	lib := t.libs[n].Object
	return lib.Machine == o.Machine && lib.Class == o.Class
}

// name is how results name a library: its path, or its soname on a floor that
// does not say where it is.
func (t *tree) name(n node) string {
	if !n.onFloor() {
		return t.libs[n].Path
	}
	f := t.floor[^n]
	if f.Path != "" {
		return f.Path
	}
	return f.Soname
}

// lacks answers the first version that a library does not provide. One without
// any version definitions satisfies all needs: glibc only warns.
func (t *tree) lacks(n node, versions []string) (string, bool) {
	var provides []string
	if n.onFloor() {
		provides = t.floor[^n].Versions
	} else {
		provides = t.libs[n].Object.Provides
	}
	return lacksVersion(provides, versions)
}

func lacksVersion(provides, versions []string) (string, bool) {
	if len(provides) == 0 {
		return "", false
	}
	sorted := slices.IsSorted(provides)
	for _, v := range versions {
		_, found := slices.BinarySearch(provides, v)
		if !found && (sorted || !slices.Contains(provides, v)) {
			return v, true
		}
	}
	return "", false
}
