package golang

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
)

// The layers of a Go build. The caches are the build's alone.
const (
	layerGo        = "go"       // bin/<name>, what runs
	layerGoModules = "go-mod"   // module cache
	layerGoCache   = "go-build" // build cache
)

// compile builds a Go app. Binaries hold no path, no symbol table and no build ID, so that equal source gives equal
// bytes. cgo is used where it is asked for (BP_WHITTLE_CGO) or where a package can't do without.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	g := golang{Site: s}
	s.Log.Step("Go")
	if err := g.prepare(ctx); err != nil {
		return language.Artifacts{}, err
	}
	targets, err := goTargets(os.DirFS(s.Dir), s.Setting("BP_GO_TARGETS"))
	if err != nil {
		return language.Artifacts{}, err
	}
	if err := g.decideCgo(ctx, targets); err != nil {
		return language.Artifacts{}, err
	}
	bin, err := g.build(ctx, targets)
	if err != nil {
		return language.Artifacts{}, err
	}
	removed, err := removeGoSources(s.Dir)
	if err != nil {
		return language.Artifacts{}, err
	}
	s.Log.Line("removed %s from the app; its data files stay", text.Count(removed, "source file"))
	s.Log.Done()
	a := language.Artifacts{Roots: []string{bin}, Programs: map[string]string{}, Looked: []string{"main packages"}}
	for _, t := range targets {
		a.Programs[t.Name] = filepath.Join(bin, t.Name)
		a.Processes = append(a.Processes, language.Process{Type: t.Name, Command: []string{filepath.Join(bin, t.Name)}, Why: "package " + t.Dir})
	}
	if len(targets) == 1 {
		a.Processes[0].Type = "web"
	}
	a.Static, a.ComponentsIn = g.env["CGO_ENABLED"] == "0", layerGo
	a.Components, err = components(slices.Sorted(maps.Values(a.Programs)))
	return a, err
}

type golang struct {
	language.Site
	env   map[string]string
	dir   string   // where go runs; not Dir where GOPATH mode needs another name for it
	flags []string // -mod=…
}

// prepare sets up caches and the toolchain, and a module where the app has none.
func (g *golang) prepare(ctx context.Context) error {
	g.dir = g.Dir
	env := map[string]string{"GOPATH": filepath.Join(g.Temp, "gopath"), "GOFLAGS": strings.TrimSpace(g.Env["GOFLAGS"] + " -modcacherw"), "CGO_ENABLED": "0", "GOARCH": g.Arch, "GOOS": "linux"}
	for name, variable := range map[string]string{layerGoModules: "GOMODCACHE", layerGoCache: "GOCACHE"} {
		layer, err := g.cache(name)
		if err != nil {
			return err
		}
		env[variable] = layer.Path
	}
	if v := g.Setting("BP_GO_VERSION"); v != "" {
		env["GOTOOLCHAIN"] = "go" + strings.TrimPrefix(v, "go")
	}
	g.env = language.With(g.Env, env)
	if err := g.module(ctx); err != nil {
		return err
	}
	version, err := language.Output(ctx, g.Run, language.Command{Args: []string{"go", "env", "GOVERSION"}, Dir: g.dir, Env: g.env})
	if err != nil {
		return fmt.Errorf("cannot get the Go toolchain that go.mod or BP_GO_VERSION asks for: %w", err)
	}
	g.Log.Line("version: %s", version)
	return nil
}

func (g *golang) cache(name string) (language.Layer, error) {
	layer, err := g.Layer(name)
	if err != nil {
		return layer, err
	}
	if err := os.MkdirAll(layer.Path, 0o755); err != nil {
		return layer, fmt.Errorf("cannot make layer %s: %w", name, err)
	}
	layer.Cache = true
	g.Keep(layer, "cache")
	return layer, nil
}

// module makes sure that go can build: modules with or without go.sum, vendored ones, workspaces, and folders that have
// never seen a module.
func (g *golang) module(ctx context.Context) error {
	has := func(name string) bool { return language.Exists(filepath.Join(g.Dir, name)) }
	switch {
	case has("go.work"):
		return nil
	case has("go.mod") && has("vendor/modules.txt"):
		g.flags = []string{"-mod=vendor"}
		return nil
	case has("go.mod") && has("go.sum"):
		return nil
	case has("go.mod") && !requiresModules(g.Dir):
		return nil
	case has("go.mod"):
		return g.tidy(ctx, "go.mod without go.sum")
	case has("vendor"):
		return g.gopath()
	}
	return g.onTheFly(ctx)
}

// requiresModules tells whether go.mod names any module; without one there is no go.sum to miss.
func requiresModules(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err != nil || strings.Contains(string(text), "require")
}

func (g *golang) tidy(ctx context.Context, why string) error {
	g.Log.Line("%s: go mod tidy decides the versions of modules; commit its result to pin them", why)
	return g.run(ctx, "mod", "tidy")
}

// onTheFly makes a module of a folder. Modules of go 1.18 and newer ignore "// +build", so that one with such a tag says
// 1.17.
func (g *golang) onTheFly(ctx context.Context) error {
	version := "1.21"
	old, err := hasOldTags(os.DirFS(g.Dir))
	if err != nil {
		return err
	}
	if old {
		version = "1.17"
	}
	text := "module app\n\ngo " + version + "\n"
	if err := os.WriteFile(filepath.Join(g.Dir, "go.mod"), []byte(text), 0o644); err != nil {
		return fmt.Errorf("cannot write go.mod: %w", err)
	}
	return g.tidy(ctx, "no go.mod")
}

// gopath builds vendored sources without a module as they were built before modules: below GOPATH. A link does; go takes
// the directory's name from PWD where both are the same.
func (g *golang) gopath() error {
	src := filepath.Join(g.env["GOPATH"], "src")
	if err := os.MkdirAll(src, 0o755); err != nil {
		return fmt.Errorf("cannot make GOPATH: %w", err)
	}
	g.dir = filepath.Join(src, "app")
	if err := os.Symlink(g.Dir, g.dir); err != nil {
		return fmt.Errorf("cannot make GOPATH: %w", err)
	}
	g.env = language.With(g.env, map[string]string{"GO111MODULE": "off", "PWD": g.dir})
	g.Log.Line("vendor/ without go.mod: built in GOPATH mode")
	return nil
}

func hasOldTags(dir fs.FS) (bool, error) {
	files, err := fs.Glob(dir, "*.go")
	if err != nil {
		return false, fmt.Errorf("cannot list Go files: %w", err)
	}
	for _, f := range files {
		text, err := fs.ReadFile(dir, f)
		if err != nil {
			return false, fmt.Errorf("cannot read %s: %w", f, err)
		}
		if head, _, _ := strings.Cut("\n"+string(text), "\npackage "); strings.Contains(head, "\n// +build ") {
			return true, nil
		}
	}
	return false, nil
}

// build compiles every target into the launch layer.
func (g *golang) build(ctx context.Context, targets []goTarget) (string, error) {
	layer, err := g.Layer(layerGo)
	if err != nil {
		return "", err
	}
	if layer, err = g.Reset(layer); err != nil {
		return "", err
	}
	bin := filepath.Join(layer.Path, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", fmt.Errorf("cannot make layer %s: %w", layer.Name, err)
	}
	flags := append([]string{"-trimpath", "-buildvcs=false", "-ldflags", strings.TrimSpace("-s -w -buildid= " + g.Setting("BP_GO_BUILD_LDFLAGS"))}, g.flags...)
	flags = append(flags, strings.Fields(g.Setting("BP_GO_BUILD_FLAGS"))...)
	for _, t := range targets {
		file := filepath.Join(bin, t.Name)
		args := append(append([]string{"build"}, flags...), "-o", file, t.Arg)
		if err := g.run(ctx, args...); err != nil {
			return "", err
		}
		if info, err := os.Stat(file); err == nil {
			g.Log.Item(t.Name, info.Size(), "from "+t.Arg)
		}
	}
	layer.Launch = true
	g.Keep(layer, "binary")
	return bin, language.Settle(layer.Path)
}

func (g *golang) run(ctx context.Context, args ...string) error {
	out := g.Log.Output()
	return g.Run(ctx, language.Command{Args: append([]string{"go"}, args...), Dir: g.dir, Env: g.env, Stdout: out, Stderr: out})
}
