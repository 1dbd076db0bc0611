package node

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
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
	line, why, err := a.denoStart()
	if err != nil {
		return language.Artifacts{}, err
	}
	e, err := a.addEngine(ctx, engineDeno)
	if err != nil {
		return language.Artifacts{}, err
	}
	modules, err := a.Layer(layerDeno)
	if err != nil {
		return language.Artifacts{}, err
	}
	if err := os.MkdirAll(modules.Path, 0o755); err != nil {
		return language.Artifacts{}, fmt.Errorf("cannot make layer %s: %w", layerDeno, err)
	}
	if err := a.loadModules(ctx, line, modules.Path); err != nil {
		return language.Artifacts{}, err
	}
	modules.Launch, modules.Cache = true, true
	modules.Env = map[string]string{"DENO_DIR": modules.Path, "DENO_NO_UPDATE_CHECK": "1"}
	a.Keep(modules, e.release.Version)
	if err := language.Settle(modules.Path); err != nil {
		return language.Artifacts{}, err
	}
	o := outcome{used: map[string]bool{}}
	processes := a.Processes
	if len(processes) == 0 {
		processes = []language.Process{{Type: "web", Line: line, Why: why}}
	}
	for _, p := range processes {
		if err := a.addProcess(ctx, &o, p); err != nil {
			return language.Artifacts{}, err
		}
	}
	if err := a.clean(); err != nil {
		return language.Artifacts{}, err
	}
	made := language.Artifacts{Roots: append(a.inImage(slices.Collect(maps.Keys(o.used))), modules.Path), Notes: a.notes, Looked: looked}
	if len(a.Processes) > 0 {
		made.Started = o.processes
	} else {
		made.Processes = o.processes
	}
	a.Log.Done()
	return made, nil
}

// denoStart is the task start, or else the first file of a common name, which may listen and read.
func (a *app) denoStart() (line, why string, err error) {
	d, err := a.denoConfig()
	if err != nil {
		return "", "", err
	}
	if text := d.task("start"); text != "" {
		line, err := a.inline(text, a.Dir)
		if err != nil {
			return "", "", needsShell("web", "task start", text, err)
		}
		if file := denoEntry(line); file != "" && !strings.HasPrefix(text, "deno start") {
			return line.String(), "task start", nil
		}
	}
	file, _ := d.Exports.(string)
	if file = path.Clean(file); language.FirstFile(a.own.files, file) == "" {
		file = language.FirstFile(a.own.files, "main.ts", "server.ts", "mod.ts", "index.ts", "app.ts", "main.js", "server.js", "index.js", "src/main.ts", "src/index.ts", "src/server.ts")
	}
	if file == "" {
		return "", "", &language.Problem{
			What:     "nothing says how the app starts",
			Evidence: []string{"looked for: Procfile, task start in deno.json, main.ts, server.ts, mod.ts, index.ts"},
			Next:     `Add a task "start" to deno.json, such as "deno run --allow-net main.ts".`,
		}
	}
	return "deno run --allow-net --allow-env --allow-read " + command.Text(file).String(), file, nil
}

// denoEntry is the module that a line runs.
func denoEntry(line command.Line) string {
	for _, s := range line {
		args := command.Plain(s.Call().Words)
		if len(args) < 2 || args[0] != "deno" {
			continue
		}
		for _, arg := range args[1:] {
			if ext := path.Ext(arg); ext == ".ts" || ext == ".tsx" || ext == ".js" || ext == ".mjs" || ext == ".jsx" {
				return arg
			}
		}
	}
	return ""
}

// loadModules has Deno load everything that the app imports.
func (a *app) loadModules(ctx context.Context, text, dir string) error {
	line, err := command.Parse(text)
	if err != nil {
		return err
	}
	entry := denoEntry(line)
	for _, p := range a.Processes {
		if l, err := command.Parse(p.Line); err == nil && denoEntry(l) != "" {
			entry = denoEntry(l)
		}
	}
	args := []string{"deno", "cache", entry}
	if language.FirstFile(a.own.files, "deno.lock") != "" && !a.updateLock() {
		args = []string{"deno", "cache", "--frozen", entry}
	}
	env := language.With(a.env, map[string]string{"DENO_DIR": dir, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"})
	if file := a.env["SSL_CERT_FILE"]; file != "" {
		env["DENO_CERT"] = file
	}
	a.Log.Line("%s", strings.Join(args, " "))
	if err := a.run(ctx, a.Dir, env, args); err != nil {
		return err
	}
	for _, name := range []string{"check_cache_v1", "check_cache_v2", "dep_analysis_cache_v1", "dep_analysis_cache_v2", "node_analysis_cache_v1", "node_analysis_cache_v2", "v8_code_cache_v2", "fast_check_cache_v2", "latest.txt"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("cannot trim Deno's modules: %w", err)
		}
	}
	return nil
}
