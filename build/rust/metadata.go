package rust

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// metadata is what cargo metadata tells (format version 1), for the machine that the image is for.
type metadata struct {
	Packages         []crate  `json:"packages"`
	Members          []string `json:"workspace_members"`
	DefaultMembers   []string `json:"workspace_default_members"`
	Root             string   `json:"workspace_root"`
	Resolve          struct{ Nodes []node }
	crates           map[string]*crate
	nodes            map[string]*node
	reachedByPackage map[string]map[string]bool
}

// crate is a package of cargo: the project's own, or of a registry.
type crate struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Version      string   `json:"version"`
	License      string   `json:"license"`
	Source       string   `json:"source"` // of a registry or repository; empty for a folder
	ManifestPath string   `json:"manifest_path"`
	RustVersion  string   `json:"rust_version"`
	DefaultRun   string   `json:"default_run"`
	Targets      []target `json:"targets"`
}

// target is something that cargo makes of a package.
type target struct {
	Kind    []string `json:"kind"` // "bin", "lib", "proc-macro"
	Name    string   `json:"name"`
	SrcPath string   `json:"src_path"`
	// Required are the features without which cargo leaves it out.
	Required []string `json:"required-features"`
}

func (t target) is(kind string) bool { return slices.Contains(t.Kind, kind) }

// node is a package among those that it requires.
type node struct {
	ID       string   `json:"id"`
	Features []string `json:"features"`
	Deps     []struct {
		Package string `json:"pkg"`
		Kinds   []struct {
			Kind string `json:"kind"` // empty for what it is linked to, "build" or "dev"
		} `json:"dep_kinds"`
	} `json:"deps"`
}

// metadata asks cargo, which downloads the crates for that.
func (c *cargo) metadata(ctx context.Context) (*metadata, error) {
	text, err := c.output(ctx, append([]string{"metadata", "--format-version", "1", "--locked", "--filter-platform", c.triple()}, c.args.Features...)...)
	if err != nil {
		return nil, err
	}
	return readMetadata(text)
}

func readMetadata(text string) (*metadata, error) {
	m := metadata{crates: map[string]*crate{}, nodes: map[string]*node{}, reachedByPackage: map[string]map[string]bool{}}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("cannot read what cargo metadata tells: %w", err)
	}
	for i, p := range m.Packages {
		m.crates[p.ID] = &m.Packages[i]
	}
	for i, n := range m.Resolve.Nodes {
		m.nodes[n.ID] = &m.Resolve.Nodes[i]
	}
	return &m, nil
}

// bins are the names of a package's programs.
func (p *crate) bins() []string {
	var all []string
	for _, t := range p.Targets {
		if t.is("bin") {
			all = append(all, t.Name)
		}
	}
	return all
}

// isMacro tells whether the compiler itself runs the package.
func (p *crate) isMacro() bool {
	return slices.ContainsFunc(p.Targets, func(t target) bool { return t.is("proc-macro") })
}

// folder is the package's below the workspace's root.
func (m *metadata) folder(p *crate) string {
	rel, err := filepath.Rel(m.Root, filepath.Dir(p.ManifestPath))
	if err != nil {
		return "."
	}
	return rel
}

// choose tells which packages of the workspace to build: what the user names, the package in whose folder the app is, those
// that cargo builds by default, else all. Examples and tools count where there are no others.
func (m *metadata) choose(a arguments, dir string) ([]*crate, error) {
	if len(a.Packages) > 0 || a.Path != "" && a.Path != "." {
		return m.named(a, dir)
	}
	if p := m.at(dir); p != nil && dir != m.Root {
		return m.withPrograms([]*crate{p})
	}
	for _, ids := range [][]string{m.DefaultMembers, m.Members} {
		chosen := slices.DeleteFunc(m.all(ids), func(p *crate) bool { return len(p.bins()) == 0 })
		major := slices.DeleteFunc(slices.Clone(chosen), func(p *crate) bool { return language.IsMinor(m.folder(p)) || language.IsMinor(p.Name) })
		if len(major) > 0 {
			return major, nil
		}
		if len(chosen) > 0 {
			return chosen, nil
		}
	}
	return m.withPrograms(nil)
}

// withPrograms refuses packages of which none has a program.
func (m *metadata) withPrograms(chosen []*crate) ([]*crate, error) {
	for _, p := range chosen {
		if len(p.bins()) > 0 {
			return chosen, nil
		}
	}
	var libraries []string
	for _, p := range m.all(m.Members) {
		libraries = append(libraries, p.Name+" in "+m.folder(p))
	}
	return nil, &language.Problem{
		What: "there is no program: no package of the app has a src/main.rs, a src/bin or a [[bin]]", Evidence: libraries,
		Next: "Whittle builds programs. Add one, or build another folder of the project (BP_WHITTLE_APP).",
	}
}

// named are the packages that the user names, by name or by folder.
func (m *metadata) named(a arguments, dir string) ([]*crate, error) {
	var chosen []*crate
	words := a.Packages
	if a.Path != "" && a.Path != "." {
		words = append(slices.Clone(words), a.Path)
	}
	members := m.all(m.Members)
	for _, w := range words {
		i := slices.IndexFunc(members, func(p *crate) bool {
			return p.Name == w || m.folder(p) == path.Clean(w) || filepath.Dir(p.ManifestPath) == filepath.Join(dir, w)
		})
		if i < 0 {
			var have []string
			for _, p := range members {
				have = append(have, p.Name+" in "+m.folder(p))
			}
			return nil, &language.Problem{
				What: fmt.Sprintf("the workspace has no package %q", w), Evidence: have,
				Next: "Correct BP_CARGO_WORKSPACE_MEMBERS, or --path and --package in BP_CARGO_INSTALL_ARGS.",
			}
		}
		chosen = append(chosen, members[i])
	}
	return m.withPrograms(chosen)
}

// at is the member whose folder is dir, or nil.
func (m *metadata) at(dir string) *crate {
	for _, p := range m.all(m.Members) {
		if filepath.Dir(p.ManifestPath) == dir {
			return p
		}
	}
	return nil
}

func (m *metadata) all(ids []string) []*crate {
	var all []*crate
	for _, id := range ids {
		if p := m.crates[id]; p != nil {
			all = append(all, p)
		}
	}
	return all
}

// reached are the packages that a program of a package is made of, by ID: what is linked, not what the compiler runs.
func (m *metadata) reached(id string) map[string]bool {
	if known := m.reachedByPackage[id]; known != nil {
		return known
	}
	seen := map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		p := m.crates[id]
		if p == nil || seen[id] || p.isMacro() {
			return
		}
		seen[id] = true
		for _, next := range m.linked(id) {
			walk(next)
		}
	}
	walk(id)
	m.reachedByPackage[id] = seen
	return seen
}

// linked are the packages that a package is linked to.
func (m *metadata) linked(id string) []string {
	n := m.nodes[id]
	if n == nil {
		return nil
	}
	var all []string
	for _, d := range n.Deps {
		for _, k := range d.Kinds {
			if k.Kind == "" && !slices.Contains(all, d.Package) {
				all = append(all, d.Package)
			}
		}
	}
	return all
}

// natives are the crates among those of some packages that link to a library of Debian.
func (m *metadata) natives(of []*crate) []string {
	all := map[string]bool{}
	for _, p := range of {
		for id := range m.reached(p.ID) {
			crate, n := m.crates[id], m.nodes[id]
			packages, ok := natives[crate.Name]
			isTool := slices.Contains(tools, packages)
			if ok && !isTool && !(n != nil && slices.ContainsFunc(n.Features, func(f string) bool { return isBundled(f) })) {
				all[crate.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// mentions tells whether one of a package's own or linked packages has a name.
func (m *metadata) mentions(id, name string) bool {
	for reached := range m.reached(id) {
		if strings.EqualFold(m.crates[reached].Name, name) {
			return true
		}
	}
	return false
}
