package golang

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
)

// The layers of a Go build. The caches are the build's alone.
const (
	layerGo        = "go"       // bin/<name>, what runs
	layerGoModules = "go-mod"   // module cache, with toolchains
	layerGoCache   = "go-build" // build cache
)

// compile builds a Go app. Binaries hold no path, no symbol table and no build ID, so that equal source gives equal
// bytes. cgo is used where it is asked for (BP_WHITTLE_CGO) or where a package can't do without. Where nothing changed
// since the build before, go is not run at all, and the caches stay as they are.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	g := golang{Site: s, dir: s.Dir}
	s.Log.Step("Go")
	targets, err := g.targets()
	if err != nil {
		return language.Artifacts{}, err
	}
	if g.flags, err = g.buildFlags(); err != nil {
		return language.Artifacts{}, err
	}
	key, err := g.key(ctx, targets)
	if err != nil {
		return language.Artifacts{}, err
	}
	layer, err := s.Layer(layerGo)
	if err != nil {
		return language.Artifacts{}, err
	}
	if s.Reusable(layer, key) {
		s.Log.Line("nothing changed: the programs of the build before are used")
		err = g.KeepCaches(layerGoModules, layerGoCache)
	} else {
		layer, err = g.make(ctx, layer, targets)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	layer.Launch, layer.Cache = true, true
	seen := g.look(targets)
	layer.Env = g.variables(seen.ReadsPort)
	s.Keep(layer, key)
	where, written := findOrigins(s.Files), s.MayWrite(writing)
	removed, err := removeGoSources(s.Dir, seen.Testdata)
	if err != nil {
		return language.Artifacts{}, err
	}
	s.Log.Line("removed %s from the app; its data files stay", text.Count(removed, "source file"))
	s.Log.Done()
	a, err := artifacts(filepath.Join(layer.Path, "bin"), targets)
	where.of(a.Components)
	a.MayWrite = written
	a.Started = g.started(targets, filepath.Join(layer.Path, "bin"))
	a.Notes = seen.Serving.note(standardOf(targets).Name, s.Processes, a.Components)
	if seen.Fixed != "" {
		a.Notes = append(a.Notes, seen.Fixed)
	}
	return a, err
}

// golang is one build of a Go app.
type golang struct {
	language.Site
	env   map[string]string
	dir   string // where go runs; not Dir where GOPATH mode needs another name for it
	local string // version of the build image's Go, once it was asked for
	// function is what the program serves that is made for the build, or nil.
	function *function
	mains    []string // the folders of all main packages, of targets and others
	flags    []string // of go build and go list: what the user says, -mod=…
	// mayNeedCgo are packages that lose files without cgo, where it is not known whether they are needed.
	mayNeedCgo []string
}

// make compiles the targets into an empty layer.
func (g *golang) make(ctx context.Context, layer language.Layer, targets []target) (language.Layer, error) {
	begun := time.Now()
	if g.function != nil {
		remove, err := g.function.writeServer(g.Dir)
		if err != nil {
			return layer, err
		}
		defer remove()
	}
	if err := g.prepare(ctx); err != nil {
		return layer, err
	}
	if err := g.decideCgo(ctx, targets); err != nil {
		return layer, err
	}
	layer, err := g.Reset(layer)
	if err != nil {
		return layer, err
	}
	bin := filepath.Join(layer.Path, "bin")
	err = g.build(ctx, bin, targets)
	if g.wantsCgo(err) {
		if err := g.useCgo(language.Some(g.mayNeedCgo) + ": the app does not compile without"); err != nil {
			return layer, err
		}
		err = g.build(ctx, bin, targets)
	}
	if err != nil {
		return layer, err
	}
	if err := g.pruneCaches(begun); err != nil {
		return layer, err
	}
	return layer, language.Settle(layer.Path)
}

// prepare sets up caches and the toolchain, and a module where the app has none.
func (g *golang) prepare(ctx context.Context) error {
	env := map[string]string{
		"GOPATH":  filepath.Join(g.Temp, "gopath"),
		"GOFLAGS": strings.TrimSpace(g.Env["GOFLAGS"] + " -modcacherw"), "CGO_ENABLED": "0", "GOARCH": g.Arch, "GOOS": "linux",
		"GODEBUG": debugSettings(g.Env["GODEBUG"]),
	}
	for name, variable := range map[string]string{layerGoModules: "GOMODCACHE", layerGoCache: "GOCACHE"} {
		layer, err := g.Cache(name)
		if err != nil {
			return err
		}
		env[variable] = layer.Path
	}
	g.env = language.With(g.Env, env)
	if err := keepRestored(env["GOCACHE"]); err != nil {
		return err
	}
	if err := g.toolchain(ctx); err != nil {
		return err
	}
	if err := g.module(ctx); err != nil || g.function == nil {
		return err
	}
	return g.requireFramework(ctx)
}

// artifacts tells what was made, from the programs themselves.
func artifacts(bin string, targets []target) (language.Artifacts, error) {
	a := language.Artifacts{Roots: []string{bin}, Programs: map[string]string{}, Looked: []string{"main packages"}, ComponentsIn: layerGo}
	var programs []string
	for _, t := range targets {
		file := filepath.Join(bin, t.Name)
		programs = append(programs, file)
		a.Programs[t.Name] = file
		a.Processes = append(a.Processes, language.Process{Type: t.Name, Command: []string{file}, Why: cmp.Or(t.Why, "package "+t.Dir)})
	}
	if len(targets) == 1 {
		a.Processes[0].Type = "web"
	}
	a.Processes[slices.Index(targets, standardOf(targets))].Default = true
	var err error
	a.Components, a.Static, err = language.GoModules(programs)
	return a, err
}

// run runs go, with its messages in the log.
func (g *golang) run(ctx context.Context, args ...string) error {
	p := newProgress(g.Log)
	defer p.close()
	err := g.Run(ctx, language.Command{Args: append([]string{"go"}, args...), Dir: g.dir, Env: g.env, Stdout: p, Stderr: p})
	if err != nil {
		return explain(p.Text(), err)
	}
	return nil
}

// output runs go and returns what it says.
func (g *golang) output(ctx context.Context, env map[string]string, args ...string) (string, error) {
	var out strings.Builder
	p := newProgress(g.Log)
	defer p.close()
	err := g.Run(ctx, language.Command{Args: append([]string{"go"}, args...), Dir: g.dir, Env: language.With(g.env, env), Stdout: &out, Stderr: p})
	if err != nil {
		return "", explain(p.Text(), err)
	}
	return strings.TrimSpace(out.String()), nil
}
