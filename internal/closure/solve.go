package closure

import (
	"cmp"
	"context"
	"debug/elf"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Finder proposes libraries from packages.
type Finder interface {
	// Library answers candidates for a soname that a library of the given
	// origin needs, the best first; none is no error. A candidate of another
	// machine or class is skipped. The origin is empty for what the user lists.
	// Searched tells whether the loader looks for it in a directory.
	Library(origin, soname string, m elf.Machine, class elf.Class, searched func(dir string) bool) ([]Library, error)
}

// Request is a question for Solve.
type Request struct {
	Roots   []Library // whose needs are followed
	Present []Library // what the tree has besides; followed when needed
	Floor   []FloorLibrary

	EnvDirs    []string          // see Search
	Cache      []CacheEntry      // see Search
	CacheDirs  []string          // see Search
	SearchDirs []string          // see Search
	Links      map[string]string // see Search

	Find  Finder       // nil finds nothing
	Rules []DlopenRule // such as Rules()
	Extra []string     // sonames or absolute paths that the user lists
	// Literals are libraries that scripts open by name.
	Literals []Literal
	// Machine is that of Extra and Literals when there are no roots to tell it.
	Machine elf.Machine
	// Notes is the lowest priority of dlopen notes to follow: "required",
	// "recommended" (also when empty), "suggested", or "none". The others
	// become hints.
	Notes string
}

// Literal is a library that a script opens by a name in its text. Whether the
// call ever runs nobody can tell, so one that is not found is a hint.
type Literal struct {
	Script string // path
	Name   string // soname or absolute path
	Follow bool   // look for it in packages, too
}

// Kind says how an object needs a library.
type Kind string

// The kinds. The last four are the sources of known dlopen calls.
const (
	KindNeeded     Kind = "needed"
	KindInterp     Kind = "interp"
	KindDlopenNote Kind = "dlopen-note"
	KindDlopenRule Kind = "dlopen-rule"
	KindLiteral    Kind = "dlopen-literal"
	KindListed     Kind = "listed"
)

// Edge is one resolved need.
type Edge struct {
	From   string // path of the importer; empty when the user listed it
	Soname string // as asked for
	To     string // path; on a floor without paths the soname
	Kind   Kind
	Rule   string // name of the rule, feature of the note, or why the loader finds it
	Floor  bool   // To is on the floor
}

// Reason says why a need could not be met.
type Reason string

// The reasons.
const (
	NotFound           Reason = "not found"
	WrongArchitecture  Reason = "wrong architecture"
	VersionNotProvided Reason = "version not provided"
	RelativePath       Reason = "path relative to the working directory"
	BroughtAtStart     Reason = "brought when the container starts" // see InjectorOf
)

// Missing is a need that could not be met.
type Missing struct {
	Importer string // path; empty when the user listed it
	Soname   string
	Kind     Kind
	Reason   Reason
	Version  string // for VersionNotProvided
	Provider string // for VersionNotProvided: who should have it
}

// Hint is a library that is known to be opened by some, and was not followed, or
// a package with further modules that some need.
type Hint struct {
	Importer string
	Sonames  []string // alternatives; none where a package is named
	Package  string
	Kind     Kind
	Rule     string // name of the rule or feature of the note
	Why      string
}

// Module is a set of files that go with a library. They are found by directory,
// not by soname, so the caller includes what packages ship of them.
type Module struct {
	Library string // path, or soname on a floor without paths
	Package string // whose files count; empty for the library's own package
	Rule    string
	Glob    string // absolute; "*" within one path element, {triplet} replaced
	Whole   bool   // the glob is the rule's Whole
	Always  bool   // see DlopenRule
	Why     string
}

// Result is the answer of Solve. Everything is sorted and without duplicates.
type Result struct {
	Added   []Library
	Edges   []Edge
	Missing []Missing
	Hints   []Hint
	Modules []Module
}

// Solve follows the needs of the roots until nothing new is needed, taking what
// is present first and then what Find proposes. It is linear in the number of
// needs, and cycles are fine. A need that cannot be met is no error but listed
// as missing; errors are those of Find and ctx.
func Solve(ctx context.Context, r Request) (Result, error) {
	search := Search{EnvDirs: r.EnvDirs, Cache: r.Cache, CacheDirs: r.CacheDirs, SearchDirs: r.SearchDirs, Links: r.Links}
	t := newTree(search, slices.Concat(r.Roots, r.Present), r.Floor)
	s := &solver{request: r, tree: t, walk: newWalk(t), proposed: make(map[wanted][]Library), ruled: make(map[node]bool)}
	askers := s.askers()
	s.given = len(t.libs)
	for _, root := range r.Roots {
		if n, ok := t.lookup(root.Path); ok && !n.onFloor() {
			s.walk.root(n)
		}
	}
	for _, asker := range askers {
		for _, soname := range r.Extra {
			if err := s.want(visit{node: asker}, need{soname: soname, kind: KindListed}); err != nil {
				return Result{}, err
			}
		}
		for _, l := range r.Literals {
			if err := s.literal(visit{node: asker}, l); err != nil {
				return Result{}, err
			}
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return Result{}, fmt.Errorf("cannot finish the closure: %w", err)
		}
		v, ok := s.walk.next()
		if !ok {
			return s.sorted(), nil
		}
		if err := s.follow(v); err != nil {
			return Result{}, fmt.Errorf("cannot follow %s: %w", t.libs[v.node].Path, err)
		}
	}
}

type solver struct {
	request  Request
	tree     *tree
	walk     *walk
	given    int // how many libraries of the tree were there at the start
	proposed map[wanted][]Library
	ruled    map[node]bool
	result   Result
}

// wanted is a question to the Finder.
type wanted struct {
	origin  string
	soname  string
	machine elf.Machine
	class   elf.Class
	dirs    string // that the importer names
}

// follow meets the needs of one object.
func (s *solver) follow(v visit) error {
	lib := s.tree.libs[v.node]
	if lib.Object.Interp != "" {
		if err := s.want(v, need{soname: lib.Object.Interp, kind: KindInterp}); err != nil {
			return err
		}
	}
	for _, soname := range lib.Object.Needed {
		versions := required(lib.Object, soname)
		if err := s.want(v, need{soname: soname, kind: KindNeeded, versions: versions}); err != nil {
			return err
		}
	}
	for _, note := range lib.Object.Dlopen {
		if err := s.note(v, note); err != nil {
			return err
		}
	}
	return s.rules(v, v.node)
}

// required lists the versions that an object wants from a library.
func required(o *Object, soname string) []string {
	var versions []string
	for _, r := range o.Requires {
		if r.Soname == soname {
			versions = append(versions, r.Versions...)
		}
	}
	return versions
}

type need struct {
	soname   string // for KindInterp a path
	kind     Kind
	from     string // importer, if it is not the object at work
	rule     string
	versions []string
}

// want meets one need, or lists it as missing.
func (s *solver) want(v visit, n need) error {
	all, missing, err := s.meet(v, n)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		s.miss(v, n, missing)
		return nil
	}
	return s.take(v, n, all)
}

// take records what met a need, and visits it.
func (s *solver) take(v visit, n need, all []found) error {
	for _, f := range all {
		if lack, bad := s.tree.lacks(f.node, n.versions); bad {
			s.miss(v, n, Missing{Reason: VersionNotProvided, Version: lack, Provider: s.tree.name(f.node)})
		}
		s.result.Edges = append(s.result.Edges, Edge{
			From: s.importer(v, n), Soname: n.soname,
			To: s.tree.name(f.node), Kind: n.kind, Rule: cmp.Or(n.rule, f.rule), Floor: f.node.onFloor(),
		})
		s.walk.child(v, f)
		if f.node.onFloor() {
			if err := s.rules(v, f.node); err != nil {
				return err
			}
		}
	}
	return nil
}

// meet finds what meets a need: in the tree, among what is loaded by then, or
// from packages. Without an answer it says what is missing.
func (s *solver) meet(v visit, n need) ([]found, Missing, error) {
	all, wrong := s.present(v, n)
	if len(all) > 0 {
		return all, Missing{}, nil
	}
	missing := Missing{Reason: NotFound}
	if wrong {
		missing.Reason = WrongArchitecture
	}
	o := s.tree.libs[v.node].Object
	name := expand(n.soname, v.origin, o)
	if strings.Contains(name, "/") && !path.IsAbs(name) {
		return nil, Missing{Reason: RelativePath}, nil
	}
	if _, ok := InjectorOf(name); ok && n.kind != KindInterp {
		return nil, Missing{Reason: BroughtAtStart}, nil
	}
	candidates, err := s.propose(v, wanted{s.origin(v, n), path.Base(name), o.Machine, o.Class, s.tree.named(v)})
	if err != nil {
		return nil, missing, err
	}
	f, missing := s.choose(v, n, candidates, missing)
	if missing.Reason != "" {
		return nil, missing, nil
	}
	return []found{f}, missing, nil
}

// present looks only at what is there.
func (s *solver) present(v visit, n need) (all []found, wrong bool) {
	if n.kind == KindInterp {
		return s.tree.findInterp(v)
	}
	if n.kind != KindNeeded {
		return s.tree.find(v, n.soname)
	}
	return s.tree.findNeeded(v, n.soname, n.versions)
}

func (s *solver) propose(v visit, w wanted) ([]Library, error) {
	if s.request.Find == nil {
		return nil, nil
	}
	if candidates, ok := s.proposed[w]; ok {
		return candidates, nil
	}
	candidates, err := s.request.Find.Library(w.origin, w.soname, w.machine, w.class, func(dir string) bool { return s.tree.searches(v, dir) })
	if err != nil {
		return nil, fmt.Errorf("cannot look for %s: %w", w.soname, err)
	}
	s.proposed[w] = candidates
	return candidates, nil
}

func (s *solver) miss(v visit, n need, m Missing) {
	m.Importer, m.Soname, m.Kind = s.importer(v, n), n.soname, n.kind
	s.result.Missing = append(s.result.Missing, m)
}

// origin is that of who needs something.
func (s *solver) origin(v visit, n need) string {
	if n.kind == KindListed {
		return ""
	}
	return s.tree.libs[v.node].Origin
}

// importer names who needs something: the object at work, or the library of the
// floor that a rule is about.
func (s *solver) importer(v visit, n need) string {
	return cmp.Or(n.from, s.tree.libs[v.node].Path)
}
