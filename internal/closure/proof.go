package closure

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// FindingKind says what a proof found to be wrong.
type FindingKind string

// The kinds of findings.
const (
	MissingLibrary     FindingKind = "missing-library"
	MissingInterpreter FindingKind = "missing-interpreter"
	MissingVersion     FindingKind = "missing-version"
	MissingSymbol      FindingKind = "missing-symbol"
)

// Finding is one thing that the loader would fail on.
type Finding struct {
	Kind     FindingKind
	Importer string // path
	Name     string // soname, interpreter or symbol
	Version  string // for MissingVersion, and MissingSymbol when versioned
	Provider string // who should have it: a path, or a soname on a floor; may be empty
	Reason   Reason // for MissingLibrary and MissingInterpreter
}

// Note is a need that the loader does not meet by itself: the symbols of a module
// that the program which loads it must bring, or a library that comes into the
// container when it starts. They are believed, and listed.
type Note struct {
	Importer string   // path
	Symbols  []string // sorted
	Provider string   // path of the file of the tree that has them; empty when none has
	Library  string   // soname of a library that an Injector brings
	Rule     string   // name of the HostRule; empty when Provider or Library says it
	Program  string   // who should load the module, for a rule; the Injector, for a library
}

// Proof is the result of Prove.
type Proof struct {
	Findings []Finding  // none means the proof holds
	Notes    []Note     // what the proof rests on
	Floor    []FloorUse // what it rests on below the tree, by soname
}

// Prove checks that the loader would find everything that the objects of a
// finished tree need. The objects must have been read WithSymbols. All lists are
// sorted.
//
// Libraries and interpreters are searched as by Solve, for each way in which an
// object is loaded: first from every executable, then from what no executable
// reaches and no other object needs (extension modules, opened at run time),
// then from the rest.
//
// A version need must be among the definitions of the library it names, unless
// that library defines no versions at all (glibc then only warns). Weak ones
// never count.
//
// A strong undefined symbol must be exported by
//   - the object itself or a library of its own needs, direct or indirect, or
//   - if an executable reaches the object: such an executable, or a library that
//     one loads, or
//   - if none does: any executable of the tree, or any library that one loads.
//
// Three more cases are noted and believed, for an object that no executable
// reaches: a symbol of another such object in the same directory, one above or
// one below (programs open such modules for all to see, as Java opens
// libawt_headless.so before libfontmanager.so), or of what that one needs; a
// symbol that, by the table of Hosts, belongs to a program that is not in the
// tree, or to any other such object; and an unversioned symbol of a library in one of the loader's
// directories that nothing in the tree needs, for whoever links to it is
// elsewhere and may define it.
//
// A library that an Injector brings is noted and believed, with the symbols of
// whoever needs it that may be the library's.
//
// Weak symbols never count. A library of the floor without a list of symbols is
// believed to have them all, if it lies in that scope.
func Prove(ctx context.Context, objs []Library, floor []FloorLibrary, search Search) (Proof, error) {
	for _, l := range objs {
		if l.Object.Dynamic() && !l.Object.HasSymbols() {
			return Proof{}, fmt.Errorf("cannot prove %s: its symbols were not read", l.Path)
		}
	}
	p := newProver(newTree(search, objs, floor))
	p.ctx = ctx
	p.load()
	for i := range p.tree.libs {
		p.versions(node(i))
		p.symbols(node(i))
	}
	uses := p.floorUses()
	if err := ctx.Err(); err != nil {
		return Proof{}, fmt.Errorf("cannot finish the proof: %w", err)
	}
	slices.SortFunc(p.findings, compareFindings)
	return Proof{Findings: slices.Compact(p.findings), Notes: p.sortedNotes(), Floor: uses}, nil
}

func newProver(t *tree) *prover {
	return &prover{
		ctx:  context.Background(),
		tree: t, walk: newWalk(t), targets: make([][]node, len(t.libs)), reached: make([]bool, len(t.libs)),
		seen:         make([]int, len(t.libs)+len(t.floor)),
		floorSymbols: make(map[node]map[string]bool), needed: make(map[string]bool), notes: make(map[noteKey][]string), injected: make(map[node][]string), hosts: make(map[string][]node),
	}
}

func compareFindings(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Importer, b.Importer), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Version, b.Version), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Reason, b.Reason))
}

type prover struct {
	ctx      context.Context // ends the walks when it is done
	tree     *tree
	walk     *walk
	targets  [][]node        // what each object's needs resolve to
	reached  []bool          // by an executable
	needed   map[string]bool // sonames that any object needs
	findings []Finding
	notes    map[noteKey][]string // symbols
	injected map[node][]string    // sonames of what an object needs and an injector brings
	hosts    map[string][]node    // what has an anchor

	floorSymbols map[node]map[string]bool
	last         []node // the scope of its first node
	seen         []int  // by node, the turn in which it was seen last
	turn         int
	programs     []node // everything executables load
	loaders      map[node][]node
	modules      map[string][]node // what no executable reaches, by directory
}

// load follows the needs of all objects.
func (p *prover) load() {
	visited := make([]bool, len(p.tree.libs))
	run := func(n node) {
		p.walk.root(n)
		for v, ok := p.walk.next(); ok && p.ctx.Err() == nil; v, ok = p.walk.next() {
			visited[v.node] = true
			p.follow(v)
		}
	}
	needed := p.needed
	for i, l := range p.tree.libs {
		for _, soname := range l.Object.Needed {
			needed[soname] = true
		}
		if l.Object.Executable() {
			run(node(i))
		}
	}
	copy(p.reached, visited)
	for i, l := range p.tree.libs {
		if !visited[i] && !needed[l.Object.Soname] {
			run(node(i))
		}
	}
	for i := range p.tree.libs {
		if !visited[i] {
			run(node(i))
		}
	}
}

func (p *prover) follow(v visit) {
	lib := p.tree.libs[v.node]
	if lib.Object.Interp != "" {
		if all, wrong := p.tree.findInterp(v); len(all) == 0 {
			p.report(Finding{Kind: MissingInterpreter, Importer: lib.Path, Name: lib.Object.Interp, Reason: reason(wrong)})
		}
	}
	for _, soname := range lib.Object.Needed {
		if p.ctx.Err() != nil {
			return
		}
		all, wrong := p.tree.findNeeded(v, soname, required(lib.Object, soname))
		if len(all) == 0 && !p.isInjected(v.node, soname) {
			p.report(Finding{Kind: MissingLibrary, Importer: lib.Path, Name: soname, Reason: reason(wrong)})
		}
		for _, f := range all {
			if !slices.Contains(p.targets[v.node], f.node) {
				p.targets[v.node] = append(p.targets[v.node], f.node)
			}
			p.walk.child(v, f)
		}
	}
}

func reason(wrong bool) Reason {
	if wrong {
		return WrongArchitecture
	}
	return NotFound
}

func (p *prover) report(f Finding) { p.findings = append(p.findings, f) }

// provider answers which of an object's libraries goes by a soname.
func (p *prover) provider(n node, soname string) (node, bool) {
	for _, list := range [][]node{p.next(n), p.scope(n)} {
		for _, target := range list {
			if p.named(target, soname) {
				return target, true
			}
		}
	}
	return 0, false
}

func (p *prover) named(n node, soname string) bool {
	if n.onFloor() {
		return p.tree.floor[^n].Soname == soname
	}
	l := p.tree.libs[n]
	return l.Object.Soname == soname || l.Object.Soname == "" && strings.HasSuffix(l.Path, "/"+soname)
}

// versions checks the version needs of an object. Those of a library that is
// itself missing are not repeated.
func (p *prover) versions(n node) {
	lib := p.tree.libs[n]
	for _, need := range lib.Object.Requires {
		if p.ctx.Err() != nil {
			return
		}
		target, ok := p.provider(n, need.Soname)
		if !ok {
			continue
		}
		for _, version := range need.Versions {
			if _, bad := p.tree.lacks(target, []string{version}); bad {
				p.report(Finding{
					Kind: MissingVersion, Importer: lib.Path, Name: need.Soname, Version: version,
					Provider: p.tree.name(target),
				})
			}
		}
	}
}
