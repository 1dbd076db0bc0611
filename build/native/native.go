package native

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
)

// The layers of a build.
const (
	layerNative = "native"       // the prefix that the app is installed to: bin/, lib/, share/
	layerBuild  = "native-build" // what is compiled, for the next build alone
)

// compile builds an app in C or C++. Its prefix is the layer, so that the paths which are compiled in are those of the
// image. Where nothing changed since the build before, nothing is run at all.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	n := native{Site: s, begun: time.Now()}
	s.Log.Step("C and C++")
	if err := n.look(ctx); err != nil {
		return language.Artifacts{}, err
	}
	key, err := n.key()
	if err != nil {
		return language.Artifacts{}, err
	}
	layer, err := s.Layer(layerNative)
	if err != nil {
		return language.Artifacts{}, err
	}
	n.prefix = layer.Path
	if s.Reusable(layer, key) {
		s.Log.Line("nothing changed: the programs of the build before are used")
		err = n.keepCache()
	} else {
		layer, err = n.compile(ctx, layer)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	layer.Launch, layer.Cache = true, true
	listening := s.Listening(serving)
	if listening.ReadsPort {
		layer.Env = map[string]string{"PORT": "8080"}
	}
	s.Keep(layer, key)
	a, err := n.artifacts()
	if err != nil {
		return a, err
	}
	if listening.Fixed != "" {
		a.Notes = append(a.Notes, listening.Fixed)
	}
	removed, err := n.removeSources()
	if err != nil {
		return a, err
	}
	s.Log.Line("removed %s from the app; its data files stay", text.Count(removed, "source file"))
	s.Log.Done()
	return a, nil
}

// native is one build of an app in C or C++.
type native struct {
	language.Site
	system   system
	args     []string // of the user's to the build system
	compiler string   // its version
	begun    time.Time
	env      map[string]string
	prefix   string // the layer of the app
	work     string // the layer of what is compiled
	dir      string // where the sources are compiled; Dir, or a copy of it
	built    built
}

// look reads what the project and the user say, before anything is compiled.
func (n *native) look(ctx context.Context) (err error) {
	if n.system, err = chooseSystem(n.Site); err != nil {
		return err
	}
	said := n.Setting("BP_C_BUILD_ARGS")
	if n.args, err = words(said); err != nil {
		return err
	}
	static := strings.Contains(said+" "+n.Env["LDFLAGS"]+" "+n.Env["CFLAGS"], "-static")
	if !static {
		if err := n.Libc("a program in C or C++"); err != nil {
			return err
		}
	}
	n.compiler, err = language.Output(ctx, n.Run, language.Command{Args: []string{"gcc", "-dumpfullversion"}, Dir: n.Temp, Env: n.Env})
	if err != nil {
		return fmt.Errorf("cannot find a C compiler in the build image: %w", err)
	}
	n.Log.Line("built by %s, gcc %s", n.system.name, n.compiler)
	return nil
}

// words are those of a line as for a shell, without variables.
func words(line string) ([]string, error) {
	if all, ok := command.Words(line); ok {
		return all, nil
	}
	return nil, &language.Problem{
		What: "cannot read BP_C_BUILD_ARGS", Evidence: []string{"BP_C_BUILD_ARGS=" + line},
		Next: `Write arguments as for a shell, without variables: -DWITH_TLS=ON -DNAME="a b".`,
	}
}

// configKey identifies how the app is configured: what is compiled under another one is of no use.
func (n *native) configKey() string {
	k := language.NewKey()
	k.Add("c 4", n.system.name, n.compiler, n.Arch, n.Tools, n.Debug)
	k.Environment(n.Env, n.Temp)
	return k.String()
}

// key identifies what the programs are made of: any file of the project may be.
func (n *native) key() (string, error) {
	k := language.NewKey()
	k.Add(n.configKey())
	if err := k.App(n.Root); err != nil {
		return "", err
	}
	return k.String(), nil
}

// compile compiles and installs the app into an empty layer.
func (n *native) compile(ctx context.Context, layer language.Layer) (language.Layer, error) {
	layer, err := n.Reset(layer)
	if err != nil {
		return layer, err
	}
	if err := n.prepare(); err != nil {
		return layer, err
	}
	if n.built, err = n.system.build(n, ctx); err != nil {
		return layer, err
	}
	if err := n.install(ctx); err != nil {
		return layer, err
	}
	return layer, language.Settle(layer.Path)
}

// prepare opens the cache of what was compiled before under the same configuration, and sets the environment of compilers.
func (n *native) prepare() error {
	layer, err := n.Layer(layerBuild)
	if err != nil {
		return err
	}
	key := n.configKey()
	if !n.Reusable(layer, key) {
		if layer, err = n.Reset(layer); err != nil {
			return err
		}
	}
	n.work = layer.Path
	layer.Cache = true
	n.Keep(layer, key)
	if n.dir, err = n.sources(); err != nil {
		return err
	}
	n.env = language.With(language.With(n.Env, n.compilerFlags()), n.libraryPath())
	if err := os.RemoveAll(filepath.Join(n.work, specsDir)); err != nil {
		return fmt.Errorf("cannot remove the compiler's options: %w", err)
	}
	n.findOwnLibraries(filepath.Join(n.prefix, "lib"))
	if n.env["SOURCE_DATE_EPOCH"] == "" {
		n.env["SOURCE_DATE_EPOCH"] = "315532801" // for those who write the time into the program
	}
	return nil
}

// compilerFlags are those of C and C++ that the environment has for the build system; none of a variable that a Makefile has a default
// of its own for, which is often more than flags that anybody may replace (CFLAGS ?= -Isrc/vendor).
func (n *native) compilerFlags() map[string]string {
	flags := "-O2"
	if n.Debug {
		flags += " -g"
	}
	all := map[string]string{}
	for _, name := range []string{"CFLAGS", "CXXFLAGS"} {
		if n.Env[name] == "" && n.system.name == "make" && hasDefault(n.Files, name) {
			continue
		}
		noPaths := " -ffile-prefix-map=" + n.work + "/=" // of the build in programs
		all[name] = cmp.Or(n.Env[name], flags) + noPaths
	}
	return all
}

// findOwnLibraries has programs look for the app's own libraries where they will be. CMake has variables for that, and hand-written
// Makefiles often ignore LDFLAGS.
func (n *native) findOwnLibraries(lib string) {
	switch n.system.name {
	case "meson", "autotools":
		n.env["LDFLAGS"] = strings.TrimSpace(n.env["LDFLAGS"] + " -Wl,-rpath," + lib)
	case "make":
		n.env["LD_RUN_PATH"] = lib
	}
}

// keepCache keeps what was compiled as it is.
func (n *native) keepCache() error {
	layer, err := n.Layer(layerBuild)
	if err != nil {
		return err
	}
	if language.Exists(layer.Path) {
		layer.Cache = true
		n.Keep(layer, n.configKey())
	}
	return nil
}

// jobs is how many compilers run at once.
func jobs() string { return fmt.Sprint(runtime.NumCPU()) }

// run runs a program of the build; what it tells of its progress is counted.
func (n *native) run(ctx context.Context, dir string, args ...string) error {
	p := newProgress(n.Log)
	err := n.Run(ctx, language.Command{Args: args, Dir: dir, Env: n.env, Stdout: p, Stderr: p})
	p.Close()
	if err == nil {
		n.tellOfLate(p)
	}
	return err
}

func (n *native) makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make a folder for the build: %w", err)
	}
	return nil
}
