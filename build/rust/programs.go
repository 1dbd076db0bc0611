package rust

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// program is a program of the image.
type program struct {
	Name    string
	Why     string // "package web"
	Default bool
	// Listens names the frameworks that it is made of and that listen where variables say.
	Listens []string

	pkg  *crate
	file string // that cargo made
}

// made is what a build remembers of itself for the next one, which may not run cargo.
type made struct {
	Programs   []program
	Components []language.Component
	Static     bool
	// NewerFor identifies the lock that asked for Debian's newer Rust; empty where the build image's does.
	NewerFor string
}

// recordFile is where that is, in layer cargo.
const recordFile = "whittle.json"

func (c *cargo) remembered() (*made, error) {
	layer, err := c.Layer(layerCargo)
	if err != nil {
		return nil, err
	}
	var m made
	if !language.ReadNote(filepath.Join(layer.Path, recordFile), &m) || len(m.Programs) == 0 {
		return nil, nil // this build writes it anew
	}
	return &m, nil
}

func (c *cargo) remember(m *made) error {
	if err := language.WriteNote(filepath.Join(c.home, recordFile), m); err != nil {
		return fmt.Errorf("cannot write the record of the build: %w", err)
	}
	return nil
}

// programs are those that cargo made, with the one that the image runs by itself.
func (c *cargo) programs(meta *metadata, b *built) ([]program, error) {
	var all []program
	for _, e := range b.Programs {
		p := meta.crates[e.Package]
		if p == nil {
			return nil, fmt.Errorf("cannot tell the package of program %s: cargo says %s", e.Name, e.Package)
		}
		all = append(all, program{Name: e.Name, Why: "package " + p.Name, Listens: listens(meta, p), pkg: p, file: e.File})
	}
	return all, c.chooseDefault(all)
}

// planned refuses packages of whose programs the image could run none by itself, before anything is compiled.
func (c *cargo) planned(meta *metadata, wanted []*crate) error {
	var all []program
	for _, p := range wanted {
		for _, t := range p.Targets {
			if !t.is("bin") || len(c.args.Bins) > 0 && !slices.Contains(c.args.Bins, t.Name) {
				continue
			}
			if slices.ContainsFunc(t.Required, func(f string) bool { return strings.Contains(f, "/") }) {
				return nil // a feature of another crate: cargo tells what it made
			}
			if n := meta.nodes[p.ID]; n == nil || !slices.ContainsFunc(t.Required, func(f string) bool { return !slices.Contains(n.Features, f) }) {
				all = append(all, program{Name: t.Name, Why: "package " + p.Name, pkg: p})
			}
		}
	}
	if len(all) == 0 && len(c.args.Bins) > 0 {
		return nil // cargo says which is not there
	}
	if err := c.chooseDefault(all); err != nil {
		return err
	}
	return c.forShuttle(all)
}

// usual are names of programs that are the app among several.
var usual = []string{"server", "app", "api"}

// chooseDefault marks the program that the image runs by itself: default-run of a package, else web, the only one, the one
// with its package's name, the one of src/main.rs, or one of a usual name. Where the user names processes, nothing has to be decided.
func (c *cargo) chooseDefault(all []program) error {
	for i, p := range all {
		if j := slices.IndexFunc(all[:i], func(o program) bool { return o.Name == p.Name }); j >= 0 {
			return &language.Problem{
				What: "two programs are called " + p.Name, Evidence: []string{all[j].Why, p.Why},
				Next: "Name the packages to build: BP_CARGO_WORKSPACE_MEMBERS=" + p.pkg.Name,
			}
		}
	}
	if len(all) == 0 {
		return &language.Problem{
			What: "cargo makes no program: all of them require features that are not asked for",
			Next: "Name the features: BP_CARGO_INSTALL_ARGS=--features=…",
		}
	}
	var rules []func(program) bool
	rules = append(rules,
		func(p program) bool { return p.pkg.DefaultRun == p.Name },
		func(p program) bool { return p.Name == "web" },
		func(program) bool { return len(all) == 1 },
		func(p program) bool { return p.Name == p.pkg.Name && len(packagesOf(all)) == 1 },
	)
	if mains := slices.DeleteFunc(slices.Clone(all), func(p program) bool { return !p.isMain() }); len(mains) == 1 && len(packagesOf(all)) == 1 {
		rules = append(rules, program.isMain)
	}
	for _, name := range usual {
		rules = append(rules, func(p program) bool { return p.Name == name })
	}
	for _, rule := range rules {
		if i := slices.IndexFunc(all, rule); i >= 0 {
			all[i].Default = true
			return nil
		}
	}
	if len(c.Processes) > 0 {
		return nil
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name+" ("+p.Why+")")
	}
	return &language.Problem{
		What: "there are several programs, and nothing says which one the image runs", Evidence: names,
		Next: fmt.Sprintf("Set default-run in Cargo.toml, or write a Procfile: web: %s", all[0].Name),
	}
}

// isMain tells whether a program is that of src/main.rs, which cargo would name as the package where its manifest does not.
func (p program) isMain() bool {
	return p.source() == filepath.Join(filepath.Dir(p.pkg.ManifestPath), "src/main.rs")
}

// source is the file that has a program's main function; empty where cargo does not tell it.
func (p program) source() string {
	i := slices.IndexFunc(p.pkg.Targets, func(t target) bool { return t.is("bin") && t.Name == p.Name })
	if i < 0 {
		return ""
	}
	return p.pkg.Targets[i].SrcPath
}

func packagesOf(all []program) map[string]bool {
	packages := map[string]bool{}
	for _, p := range all {
		packages[p.pkg.ID] = true
	}
	return packages
}

// describe is what is remembered of a build.
func (c *cargo) describe(meta *metadata, programs []program, static bool) *made {
	m := &made{Programs: programs, Components: c.components(meta, programs), Static: static}
	if c.newer {
		m.NewerFor = c.lockKey
	}
	return m
}

// artifacts tells the build phase what was made.
func (c *cargo) artifacts(layer language.Layer, m *made) (language.Artifacts, error) {
	bin := filepath.Join(layer.Path, "bin")
	a := language.Artifacts{
		Roots: []string{bin}, Programs: map[string]string{}, Looked: []string{"programs of the packages of Cargo.toml"},
		Components: m.Components, ComponentsIn: layerRust, Static: m.Static,
	}
	for _, p := range m.Programs {
		file := filepath.Join(bin, p.Name)
		if !language.Exists(file) {
			return a, fmt.Errorf("cannot use layer %s: it has no program %s", layer.Name, p.Name)
		}
		a.Programs[p.Name] = file
		process := language.Process{Type: p.Name, Command: []string{file}, Default: p.Default, Why: p.Why}
		if len(m.Programs) == 1 {
			process.Type = "web"
		}
		if words := startWords(p.Listens); p.Default && len(words) > 0 {
			process.Command, process.Line = nil, strings.Join(append(words[:1:1], append([]string{file}, words[1:]...)...), " ")
		}
		a.Processes = append(a.Processes, process)
	}
	return a, nil
}
