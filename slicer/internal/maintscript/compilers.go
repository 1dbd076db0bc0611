package maintscript

import (
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/sandbox"
	"whittle.dev/whittle/internal/shell"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// compiler is a program by which maintainer scripts compile data of packages. Whittle does not know the form of what it makes, so no rule
// can: the program itself has to run, in the finished cut, and does so only for who asks for it.
type compiler struct {
	calls []string // what scripts call, by base name: the program, or a helper that runs it
	// plan says how to do what a call would do with programs of the cut; nil where they or their sources are not in it.
	plan func(m maker, c called) *Compilation
	// after makes anew what lists the files that were made; nil for none.
	after func(maker)
}

// compilers are those that are known.
var compilers = []compiler{
	{calls: []string{"aspell-autobuildhash", "update-dictcommon-aspell"}, plan: maker.aspell},
	{calls: []string{"mecab-dict-index"}, plan: maker.mecab},
	{calls: []string{"update-cracklib"}, plan: maker.cracklib},
	{calls: []string{"update-texmf-config"}, plan: maker.texFormats, after: maker.nameTeXFormats},
	{calls: []string{"ghc-pkg"}, plan: maker.haskell},
}

// compiledRule names what is made after a compilation.
const compiledRule = "compiled-data"

// Compilation is how data is compiled: what runs in a root of the cut, and where it may write.
type Compilation struct {
	Name    string   // the program, as reasons name it
	Package string   // whose files the results are
	Outputs []string // directories, absolute
	Logs    []string // endings of what is made on the way and is no result
	Steps   []sandbox.Step

	compiler *compiler
	calls    []calledBy // the commands of scripts that it stands for
}

// calledBy is a command of a package's script, as what is not done names it.
type calledBy struct{ pkg, command string }

// Compiled is a file that a compilation made. Its path is relative, and below one of the outputs.
type Compiled struct {
	Path string
	Kind tree.Kind
	Mode string // octal
	Link string
	Body []byte
}

// Compilations are what the scripts of packages that were taken whole would compile, each once, and in the order of packages.
func (p *Pass) Compilations() []*Compilation {
	var all []*Compilation
	for i := range compilers {
		c := &compilers[i]
		m := maker{p, compiledRule, nil}
		for _, call := range m.registrations(c.calls...) {
			made := c.plan(m, call)
			if made == nil || !p.Whole[call.by.Package] {
				continue
			}
			made.compiler = c
			by := calledBy{call.by.Package, call.String()}
			same := slices.IndexFunc(all, func(o *Compilation) bool { return o.compiler == c && slices.Equal(o.Outputs, made.Outputs) })
			if same < 0 {
				all, same = append(all, made), len(all)
			}
			all[same].calls = append(all[same].calls, by)
		}
	}
	return all
}

// AddCompiled adds what a compilation made. A file that is the same as before stays as it is.
func (p *Pass) AddCompiled(c *Compilation, made []Compiled) error {
	m := maker{p, compiledRule, nil}
	why := manifest.Reason{Kind: manifest.Compiled, By: c.Package, Name: c.Name}
	slice := p.Slice(c.Package, debian.ClassData, why)
	for _, f := range made {
		sha, md := digest.Of(f.Body)
		old := p.ByPath[f.Path]
		if old != nil && old.Kind == f.Kind && (f.Kind == tree.Directory || f.Kind == tree.Symlink && old.Link == f.Link || f.Kind == tree.File && old.SHA256 == sha) {
			continue
		}
		if old != nil {
			p.Remove(old)
		}
		file := &plan.File{File: manifest.File{
			Layer: m.Layer(f.Path, contract.LayerSlices), Path: f.Path, Kind: f.Kind, Mode: f.Mode, Link: f.Link, Package: c.Package, Slice: slice,
		}}
		if f.Kind == tree.File {
			file.Size, file.SHA256, file.MD5, file.Body = int64(len(f.Body)), sha, md, f.Body
		}
		if err := p.Put(file, why); err != nil {
			return err
		}
	}
	if c.compiler.after != nil {
		c.compiler.after(m)
	}
	for _, by := range c.calls {
		p.compiled[by] = ""
	}
	return nil
}

// NotCompiled notes why a compilation failed.
func (p *Pass) NotCompiled(c *Compilation, why string) {
	for _, by := range c.calls {
		p.compiled[by] = why
	}
}

// isCompiler tells whether a command compiles data by a program that is known.
func isCompiler(c shell.Command) bool {
	return !c.Computed && slices.ContainsFunc(compilers, func(k compiler) bool { return slices.Contains(k.calls, c.Name()) })
}

// program is the absolute path of a program of the cut; empty if it is not there.
func (m maker) program(name string) string {
	for _, dir := range []string{"usr/bin/", "usr/sbin/"} {
		if m.ByPath[dir+name] != nil {
			return "/" + dir + name
		}
	}
	return ""
}

// texEngines are those whose formats are the same bytes each time. Lua seeds its tables by chance, and TeX itself notes the time: their
// formats TeX makes when it starts.
var texEngines = []string{"pdftex", "mf-nowin"}

// texFormats dumps formats of TeX, which start in the place of a minute's reading, as tex-common does.
func (m maker) texFormats(c called) *Compilation {
	fmtutil := m.program("fmtutil")
	if fmtutil == "" || m.program("perl") == "" || !slices.Contains(c.Words, "format") {
		return nil
	}
	made := &Compilation{
		Name: "fmtutil", Package: m.ByPath[strings.TrimPrefix(fmtutil, "/")].Package, Outputs: []string{"/" + texVar}, Logs: []string{".log"},
	}
	for _, engine := range texEngines {
		made.Steps = append(made.Steps, sandbox.Step{Run: [][]string{{fmtutil, "--sys", "--strict", "--nohash", "--byengine", engine}}})
	}
	return made
}

// nameTeXFormats lists the formats among the names of TeX's files.
func (m maker) nameTeXFormats() {
	if list := m.ByPath[texVar+"/ls-R"]; list != nil {
		m.Remove(list)
	}
	m.texNames(texVar, texVar+"/ls-R")
}

// cracklib makes the dictionary of words that are no passwords. The script is of its own package, and reads its own configuration.
func (m maker) cracklib(c called) *Compilation {
	script := m.program("update-cracklib")
	if script == "" {
		return nil
	}
	return &Compilation{
		Name: "update-cracklib", Package: c.by.Package, Outputs: []string{"/var/cache/cracklib"}, Steps: []sandbox.Step{{Run: [][]string{{script}}}},
	}
}

// haskell makes the index of GHC's packages, without which the compiler finds none.
func (m maker) haskell(c called) *Compilation {
	program := m.program("ghc-pkg")
	if program == "" {
		return nil
	}
	return &Compilation{
		Name: "ghc-pkg", Package: c.by.Package, Outputs: []string{"/var/lib/ghc/package.conf.d"}, Logs: []string{".lock"},
		Steps: []sandbox.Step{{Run: [][]string{{program, "recache", "--global"}}}},
	}
}

// mecab makes a dictionary of mecab's as the script says, with the options for reading it beside it.
func (m maker) mecab(c called) *Compilation {
	f := flags(c.Words, "d", "o", "f", "t")
	sources, to := path.Clean(f["d"]), path.Clean(f["o"])
	if m.ByPath[debian.InRoot(c.Words[0])] == nil || !path.IsAbs(sources) || !paths.IsBelow(debian.InRoot(to), "var/lib/mecab") || !path.IsAbs(to) {
		return nil
	}
	made := &Compilation{
		Name: "mecab-dict-index", Package: c.by.Package, Outputs: []string{to},
		Steps: []sandbox.Step{{Run: [][]string{append([]string{"/" + debian.InRoot(c.Words[0])}, c.Words[1:]...)}}},
	}
	if dicrc := sources + "/dicrc"; m.ByPath[debian.InRoot(dicrc)] != nil {
		made.Steps = append(made.Steps, sandbox.Step{Input: dicrc, Output: to + "/dicrc"})
	}
	return made
}

// Where aspell's dictionaries come from, and go.
const (
	aspellWords = "usr/share/aspell"
	aspellMade  = "var/lib/aspell"
)

// aspell makes the dictionaries of every language whose package asks for it by a file in var/lib/aspell, as aspell-autobuildhash of
// dictionaries-common does.
func (m maker) aspell(c called) *Compilation {
	program := m.program("aspell")
	if program == "" {
		return nil
	}
	made := &Compilation{Name: "aspell", Outputs: []string{"/" + aspellMade}}
	for _, at := range slices.Sorted(maps.Keys(m.ByPath)) {
		language, ok := strings.CutSuffix(path.Base(at), ".compat")
		if !ok || path.Dir(at) != aspellMade {
			continue
		}
		made.Package = m.ByPath[at].Package
		for _, name := range m.aspellParts(language) {
			made.Steps = append(made.Steps, m.aspellStep(program, language, name)...)
		}
	}
	if made.Steps == nil {
		return nil
	}
	return made
}

// aspellParts are the dictionaries of a language.
func (m maker) aspellParts(language string) []string {
	list := m.follow(m.ByPath[aspellWords+"/"+language+".contents"])
	if list == nil {
		return []string{language}
	}
	text, err := list.Read(maxSource)
	if err != nil {
		return nil
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") && name == path.Base(name) {
			names = append(names, name)
		}
	}
	return names
}

// aspellStep compiles one dictionary of a list of words, which may be in aspell's own packing.
func (m maker) aspellStep(program, language, name string) []sandbox.Step {
	compile := []string{program, "--per-conf=/dev/null", "--dont-validate-affixes", "--local-data-dir=/usr/lib/aspell", "--lang=" + language, "create", "master", "/" + aspellMade + "/" + name + ".rws"}
	for _, ending := range []string{".mwl.gz", ".wl.gz", ".cwl.gz"} {
		words := aspellWords + "/" + name + ending
		if m.ByPath[words] == nil {
			continue
		}
		run := [][]string{compile}
		if ending == ".cwl.gz" {
			run = [][]string{{m.program("prezip-bin"), "-d"}, compile}
		}
		return []sandbox.Step{{Input: "/" + words, Run: run}}
	}
	return nil
}
