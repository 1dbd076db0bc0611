package closure

import (
	"debug/elf"
	"path"
	"slices"
	"strings"
)

// visit is an object at work: the loader's search depends on the path by which
// the object was found and on who loaded it.
type visit struct {
	node      node
	origin    string // directory of $ORIGIN
	inherited string // DT_RPATH of the loaders, expanded, joined by ':'
}

// maxVisits bounds in how many ways one object is looked at. Few trees have
// more than one; a hostile one could have a way for every order of its RPATHs.
const maxVisits = 8

// walk visits objects, each once for every different way it is loaded.
type walk struct {
	t     *tree
	queue []visit
	seen  map[visit]bool
	count map[node]int
}

func newWalk(t *tree) *walk {
	return &walk{t: t, seen: make(map[visit]bool), count: make(map[node]int)}
}

func (w *walk) push(v visit) {
	// The origin matters only to those who name it.
	if !usesOrigin(w.t.libs[v.node].Object) {
		v.origin = ""
	}
	if w.seen[v] || w.count[v.node] >= maxVisits {
		return
	}
	w.seen[v] = true
	w.count[v.node]++
	w.queue = append(w.queue, v)
}

func (w *walk) next() (visit, bool) {
	if len(w.queue) == 0 {
		return visit{}, false
	}
	v := w.queue[0]
	w.queue = w.queue[1:]
	return v, true
}

// root visits an object that nobody loaded.
func (w *walk) root(n node) {
	w.push(visit{node: n, origin: path.Dir(w.t.libs[n].Path)})
}

// child visits what an importer found. RPATH is inherited, RUNPATH is not.
func (w *walk) child(v visit, f found) {
	if f.node.onFloor() {
		return
	}
	w.push(visit{node: f.node, origin: path.Dir(f.path), inherited: w.t.searchPaths(v).inherit})
}

// searchPaths are the directories that an object names, expanded.
type searchPaths struct {
	inherit        string   // DT_RPATH of the object and of those who loaded it, joined by ':'
	rpath, runpath []string // those of them in which there is anything at all
}

// searchPaths expands what an object says once for all its needs. A directory without a library or a link in it is not looked
// into: a hostile file can name ten thousand, and need thirty thousand libraries.
func (t *tree) searchPaths(v visit) searchPaths {
	p, ok := t.paths[v]
	if ok {
		return p
	}
	o := t.libs[v.node].Object
	p.inherit = t.rpath(v)
	if len(o.RunPath) == 0 {
		p.rpath = t.withFiles(strings.Split(p.inherit, ":"))
	}
	p.runpath = t.withFiles(expandAll(o.RunPath, v.origin, o))
	t.paths[v] = p
	return p
}

func (t *tree) withFiles(dirs []string) []string {
	var all []string
	for _, dir := range dirs {
		if dir != "" && t.filled[t.canonicalDir(dir)] {
			all = append(all, dir)
		}
	}
	return all
}

// rpath is the DT_RPATH of an object and of those who loaded it.
func (t *tree) rpath(v visit) string {
	o := t.libs[v.node].Object
	if len(o.RPath) == 0 || len(o.RunPath) > 0 {
		return v.inherited
	}
	own := strings.Join(expandAll(o.RPath, v.origin, o), ":")
	if v.inherited == "" {
		return own
	}
	// A cycle of libraries must not grow the list for ever.
	var all []string
	seen := make(map[string]bool)
	for dir := range strings.SplitSeq(own+":"+v.inherited, ":") {
		if dir != "" && !seen[dir] {
			seen[dir] = true
			all = append(all, dir)
		}
	}
	return strings.Join(all, ":")
}

func usesOrigin(o *Object) bool {
	for _, list := range [][]string{o.RPath, o.RunPath, o.Needed} {
		for _, s := range list {
			if strings.Contains(s, "$") {
				return true
			}
		}
	}
	return false
}

// found is what a search found.
type found struct {
	node node
	path string // by which it was found; $ORIGIN of a library goes by it
	rule string // why it counts, if not by the plain search
}

// find searches as ld.so(8) says: RPATH of the object and its loaders unless it
// has RUNPATH, LD_LIBRARY_PATH, RUNPATH, the cache, the default directories.
// The first answer is what the loader takes on the oldest processor; others are
// the same library in glibc-hwcaps directories beside it. wrong says that only
// libraries of another machine were found.
func (t *tree) find(v visit, soname string) (all []found, wrong bool) {
	o := t.libs[v.node].Object
	if strings.Contains(soname, "/") {
		return t.findPath(expand(soname, v.origin, o), o)
	}
	s := seeker{tree: t, object: o, soname: soname}
	paths := t.searchPaths(v)
	s.in(paths.rpath)
	s.in(t.search.EnvDirs)
	s.in(paths.runpath)
	s.inCache()
	if !o.NoDefaultLib {
		s.in(t.search.SearchDirs)
		s.onFloor()
	}
	return s.found, s.wrong && len(s.found) == 0
}

// findPath answers what is at a path with a slash. A relative one is searched
// from the working directory, which nobody knows.
func (t *tree) findPath(name string, o *Object) ([]found, bool) {
	if !path.IsAbs(name) {
		return nil, false
	}
	n, ok := t.lookup(name)
	if !ok {
		return nil, false
	}
	if !t.fits(n, o) {
		return nil, true
	}
	return []found{{node: n, path: path.Clean(name)}}, false
}

// seeker is one search.
type seeker struct {
	*tree
	object *Object
	soname string
	found  []found
	wrong  bool
}

func (s *seeker) in(dirs []string) {
	for _, dir := range dirs {
		if len(s.found) > 0 || dir == "" {
			continue
		}
		n, ok := s.lookupIn(dir, s.soname)
		if ok && s.take(n, path.Join(dir, s.soname)) {
			s.faster(dir)
		}
	}
}

// take accepts a library that fits.
func (s *seeker) take(n node, at string) bool {
	if !s.fits(n, s.object) {
		s.wrong = true
		return false
	}
	s.found = append(s.found, found{node: n, path: at})
	return true
}

// faster adds the variants for newer processors. They never replace the plain
// library, because the oldest processor needs that one.
func (s *seeker) faster(dir string) {
	for _, level := range hwcaps(s.object.Machine) {
		sub := path.Join(dir, "glibc-hwcaps", level)
		if n, ok := s.lookupIn(sub, s.soname); ok && s.fits(n, s.object) {
			s.found = append(s.found, found{node: n, path: path.Join(sub, s.soname), rule: "glibc-hwcaps " + level})
		}
	}
}

func (s *seeker) inCache() {
	if len(s.found) > 0 {
		return
	}
	for _, n := range s.cache[s.soname] {
		if s.object.NoDefaultLib && n.onFloor() {
			continue
		}
		at := s.name(n)
		if s.take(n, path.Join(path.Dir(at), s.soname)) {
			s.faster(path.Dir(at))
			return
		}
	}
	s.in(s.search.CacheDirs) // links that lead to libraries in other directories, as alternatives do
}

func (s *seeker) onFloor() {
	if len(s.found) > 0 {
		return
	}
	for _, n := range s.floorBy[s.soname] {
		if s.take(n, s.name(n)) {
			return
		}
	}
}

// findNeeded searches for a needed library with its versions. What the program
// loads itself before counts where nothing is found, and where what is found
// lacks a version: a program that brings a library of its own beside the
// system's loads that one first.
func (t *tree) findNeeded(v visit, soname string, versions []string) (all []found, wrong bool) {
	all, wrong = t.find(v, soname)
	lacks := slices.ContainsFunc(all, func(f found) bool {
		_, bad := t.lacks(f.node, versions)
		return bad
	})
	if len(all) > 0 && !lacks {
		return all, wrong
	}
	if f, ok := t.loadedFirst(v, soname, versions); ok {
		return []found{f}, false
	}
	return all, wrong
}

// loadedFirst answers a library that a program loads itself before those who
// need it, as the Java launcher does with lib/server/libjvm.so: their search
// would not find it, but the loader takes what is loaded under the same soname.
// It counts when it lies below the importer's directory, or the importer below
// the library's, unless that is a directory everybody shares. Nothing is loaded
// before a program itself, so for programs it never counts.
func (t *tree) loadedFirst(v visit, soname string, versions []string) (found, bool) {
	if t.libs[v.node].Object.Executable() {
		return found{}, false
	}
	from := path.Dir(t.canonical(t.libs[v.node].Path))
	for _, n := range t.bySoname[soname] {
		dir := path.Dir(t.canonical(t.libs[n].Path))
		if !t.fits(n, t.libs[v.node].Object) {
			continue
		}
		if _, lacks := t.lacks(n, versions); lacks {
			continue
		}
		if within(dir, from) && !t.shared(from) || within(from, dir) && !t.shared(dir) {
			return found{node: n, path: t.libs[n].Path, rule: "loaded first by its program"}, true
		}
	}
	return found{}, false
}

func (t *tree) shared(dir string) bool {
	if dir == "/" || dir == "/usr" || dir == "/usr/bin" || t.cached[dir] {
		return true
	}
	for _, d := range t.search.SearchDirs {
		if t.canonicalDir(d) == dir {
			return true
		}
	}
	return false
}

// within says whether a directory is another one or below it.
func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, strings.TrimSuffix(parent, "/")+"/")
}

func expandAll(dirs []string, origin string, o *Object) []string {
	var out []string
	for _, dir := range dirs {
		dir = expand(dir, origin, o)
		// The working directory of the program is not known here.
		if path.IsAbs(dir) {
			out = append(out, dir)
		}
	}
	return out
}

// expand replaces $ORIGIN, $LIB and $PLATFORM, with or without braces. An
// unknown token stays, as in glibc, and names nothing.
func expand(s, origin string, o *Object) string {
	if !strings.Contains(s, "$") {
		return s
	}
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, rest := token(after)
		value, known := tokenValue(strings.Trim(name, "{}"), origin, o)
		if !known {
			value = "$" + name
		}
		b.WriteString(value)
		s = rest
	}
}

// token splits "{ORIGIN}/x" or "ORIGIN/x" after the token.
func token(s string) (name, rest string) {
	if strings.HasPrefix(s, "{") {
		if end := strings.IndexByte(s, '}'); end >= 0 {
			return s[:end+1], s[end+1:]
		}
		return "", s
	}
	end := 0
	for end < len(s) && (s[end] == '_' || s[end] >= 'A' && s[end] <= 'Z' || s[end] >= 'a' && s[end] <= 'z') {
		end++
	}
	return s[:end], s[end:]
}

func tokenValue(name, origin string, o *Object) (string, bool) {
	switch name {
	case "ORIGIN":
		return origin, true
	case "LIB":
		if t := triplet(o.Machine); t != "" {
			return "lib/" + t, true
		}
		return "lib", true
	case "PLATFORM":
		return platform(o.Machine), true
	}
	return "", false
}

// platform is what the kernel tells as AT_PLATFORM.
func platform(m elf.Machine) string {
	switch m {
	case elf.EM_X86_64:
		return "x86_64"
	case elf.EM_AARCH64:
		return "aarch64"
	case elf.EM_386:
		return "i686"
	case elf.EM_ARM:
		return "v7l"
	case elf.EM_PPC64:
		return "power8"
	}
	return strings.TrimSuffix(triplet(m), "-linux-gnu")
}
