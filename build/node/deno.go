package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// denoFile is what deno.json says, as far as the build asks.
type denoFile struct {
	Tasks map[string]any `json:"tasks"`
	// Exports is the app's module, as main is of package.json.
	Exports any `json:"exports"`
	// NodeModulesDir is "manual" where packages are installed by a command of its own; true, false or another text else.
	NodeModulesDir any `json:"nodeModulesDir"`
}

// task is the command of a task: a text, or an object with one.
func (d denoFile) task(name string) string {
	switch t := d.Tasks[name].(type) {
	case string:
		return t
	case map[string]any:
		text, _ := t["command"].(string)
		return text
	}
	return ""
}

// denoConfig reads deno.json; it is empty where there is none.
func (a *app) denoConfig() (denoFile, error) {
	var d denoFile
	name := language.FirstFile(a.own.files, "deno.json", "deno.jsonc")
	if name == "" {
		return d, nil
	}
	text, _, err := language.ReadText(a.own.files, name)
	if err != nil {
		return d, err
	}
	if err := decode("deno.jsonc", []byte(text), &d); err != nil {
		return d, &language.Problem{What: "cannot read " + name, Evidence: []string{err.Error()}, Next: "Correct the file: `deno check` reads it as the build does.", Err: err}
	}
	return d, nil
}

// ofDeno is what only modules for Deno have: imports by address or by registry, and the runtime's own name space.
var ofDeno = regexp.MustCompile(`(?m)\b(?:from|import)\s*["'](?:https?:|jsr:|npm:)|\bDeno\.\w`)

// isDeno tells whether the app runs on Deno: it has its files, and no package.json that another runtime is started by; or it
// has neither, and the file that starts is a module for Deno.
func (a *app) isDeno() bool {
	if file := a.startFile(); a.own.manifest.File == "" && file != "" {
		if text, _, err := language.ReadText(a.own.files, file); err == nil && ofDeno.MatchString(text) {
			return true
		}
	}
	return language.FirstFile(a.own.files, "deno.json", "deno.jsonc", "deno.lock") != "" && (a.own.manifest.File == "" || a.own.manifest.Scripts["start"] == "" && len(a.buildScripts()) == 0)
}

// layerDeno holds the modules that Deno loaded.
const layerDeno = "deno-modules"

// deno builds an app for Deno: its modules are loaded into a layer, from where the image's Deno takes them.
func (a *app) deno(ctx context.Context) (language.Artifacts, error) {
	if err := a.Libc("Deno"); err != nil {
		return language.Artifacts{}, err
	}
	d, err := a.denoConfig()
	if err != nil {
		return language.Artifacts{}, err
	}
	p, err := a.denoStart(d)
	if err != nil && len(a.denoBuilds()) == 0 && len(a.Processes) == 0 {
		return language.Artifacts{}, err
	}
	e, err := a.addEngine(ctx, engineDeno)
	if err != nil {
		return language.Artifacts{}, err
	}
	if err := a.denoBuild(ctx, d); err != nil {
		return language.Artifacts{}, err
	}
	if len(a.denoBuilds()) > 0 && len(a.Processes) == 0 {
		if p, err = a.denoStart(d); err != nil {
			return a.denoPages(err)
		}
	}
	o := outcome{used: map[string]bool{}}
	processes := a.Processes
	if len(processes) == 0 {
		processes = []language.Process{p}
	}
	for _, p := range processes {
		if err := a.addProcess(ctx, &o, p); err != nil {
			return language.Artifacts{}, err
		}
	}
	modules, err := a.denoModules(ctx, e, o.processes)
	if err == nil {
		err = a.pruneDeno(ctx, d, o.processes, modules)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	if err := a.clean(); err != nil {
		return language.Artifacts{}, err
	}
	made := a.started(o)
	made.Roots, made.Notes = append(made.Roots, modules), a.notes
	a.Log.Done()
	return made, nil
}

// denoModules is the folder of the layer with the modules that the processes load.
func (a *app) denoModules(ctx context.Context, e engine, processes []language.Process) (string, error) {
	modules, err := a.Layer(layerDeno)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(modules.Path, 0o755); err != nil {
		return "", fmt.Errorf("cannot make layer %s: %w", layerDeno, err)
	}
	if err := a.loadModules(ctx, processes, modules.Path); err != nil {
		return "", err
	}
	modules.Launch, modules.Cache = true, true
	modules.Env = map[string]string{"DENO_DIR": modules.Path, "DENO_NO_UPDATE_CHECK": "1"}
	a.Keep(modules, e.release.Version)
	return modules.Path, language.Settle(modules.Path)
}

// loadModules has Deno load everything that the app imports.
func (a *app) loadModules(ctx context.Context, processes []language.Process, dir string) error {
	args := []string{"deno", "cache"}
	if a.denoFrozen() {
		args = append(args, "--frozen")
	}
	options := len(args)
	for _, p := range processes {
		line, err := command.Of(p.Line, p.Command)
		if err != nil {
			return err
		}
		if entry := denoEntry(line); entry != "" && !slices.Contains(args, entry) {
			args = append(args, entry)
		}
	}
	if len(args) == options {
		return nil
	}
	a.Log.Line("%s", strings.Join(args, " "))
	if err := a.run(ctx, a.Dir, a.denoEnv(dir), args); err != nil {
		return err
	}
	for _, name := range []string{"check_cache_v1", "check_cache_v2", "dep_analysis_cache_v1", "dep_analysis_cache_v2", "node_analysis_cache_v1", "node_analysis_cache_v2", "v8_code_cache_v2", "fast_check_cache_v2", "latest.txt"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("cannot trim Deno's modules: %w", err)
		}
	}
	return nil
}
