package node

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// runScripts is the setting that names the scripts which build an app or a front end; where it is empty, none does.
const runScripts = "BP_NODE_RUN_SCRIPTS"

// buildScripts are the scripts that build the app: those that BP_NODE_RUN_SCRIPTS names, else "heroku-postbuild", or "build", or "gcp-build",
// or the one that alone may make the file that starts.
func (a *app) buildScripts() []string {
	if v, ok := a.Env[runScripts]; ok {
		return language.SplitList(v)
	}
	for _, name := range []string{scriptPostbuild, "build", scriptGCP} {
		if script, ok := a.own.manifest.Scripts[name]; script != "" && a.startsApp(script) {
			a.note("script " + name + " starts the app, as its start does: it is not run when the app is built")
			return nil
		} else if script != "" {
			return []string{name}
		} else if ok && name == scriptPostbuild {
			return nil
		}
	}
	if makers := a.makers(); len(makers) == 1 {
		return makers
	}
	return nil
}

// buildsSomething tells whether anything is built before the app runs.
func (a *app) buildsSomething() bool {
	if len(a.buildScripts()) > 0 {
		return true
	}
	if a.own.dir != a.top.dir && slices.ContainsFunc(a.required(), func(f folder) bool { return f.manifest.Scripts["build"] != "" }) {
		return true
	}
	return a.frameworkBuild() != "" || a.prestartBuilds() || len(a.startBuilds()) > 0
}

// frameworkBuild is the framework's own build command, where package.json has no script for it and starts nothing but, if
// anything, what needs a build: a development server, or the framework's own server.
func (a *app) frameworkBuild() string {
	f, framed := a.framework()
	if !framed || f.build == "" || len(a.buildScripts()) > 0 {
		return ""
	}
	script := a.own.manifest.Scripts["start"]
	if script == "" {
		if language.FirstFile(a.own.files, startFiles...) != "" && language.FirstFile(a.own.files, "index.html") == "" {
			return "" // a server that uses a framework's package, and no app of the framework
		}
		return f.build
	}
	line, err := a.inline(script, a.Dir)
	if err != nil {
		return ""
	}
	own, _, _ := strings.Cut(f.build, " ")
	for _, s := range line {
		if args := command.Plain(s.Call().Words); len(args) > 0 && (isDevServer(args) || path.Base(args[0]) == own) {
			return f.build
		}
	}
	return ""
}

// prestartBuilds tells whether the script prestart builds: it runs with the build then.
func (a *app) prestartBuilds() bool {
	script := a.own.manifest.Scripts["prestart"]
	line, err := a.inline(script, a.Dir)
	if script == "" || err != nil {
		return false
	}
	for _, s := range line {
		if builds(command.Plain(s.Call().Words)) {
			return true
		}
	}
	return false
}

// build runs what builds the app, after the members of its workspace that it depends on.
func (a *app) build(ctx context.Context) error {
	a.warnNewer()
	if err := a.buildMembers(ctx); err != nil {
		return err
	}
	scripts := a.buildScripts()
	if len(scripts) == 0 && a.prestartBuilds() {
		scripts = []string{"prestart"}
	}
	for _, name := range scripts {
		if a.own.manifest.Scripts[name] == "" {
			return &language.Problem{
				What:     a.own.path(orFile(a.own.manifest.File)) + " has no script " + language.Clip(name),
				Evidence: []string{"BP_NODE_RUN_SCRIPTS=" + language.Clip(a.Setting(runScripts))},
				Next:     "Name scripts that package.json has.",
			}
		}
		if err := a.script(ctx, a.own, name, a.buildEnv()); err != nil {
			return err
		}
	}
	if build := a.frameworkBuild(); build != "" {
		f, _ := a.framework()
		args := append([]string{a.manager.exec()}, a.manager.execArgs()...)
		args = append(args, strings.Fields(build)...)
		a.Log.Line("%s (%s, as package.json has no build script)", build, f.name)
		if err := a.run(ctx, a.Dir, language.With(a.env, a.buildEnv()), args); err != nil {
			return err
		}
	}
	if err := a.runStartBuilds(ctx); err != nil {
		return err
	}
	return a.finishNext()
}

// productionEnv are variables of scripts that run for production, and under which package managers get the development packages all
// the same: those of a script need them, and it may install those of folders of its own (cd client && npm install). What the user
// says of either stays.
func (a *app) productionEnv() map[string]string {
	env := map[string]string{"NODE_ENV": "production"}
	said := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return a.npm.Config[key] != "" })
	}
	ofNpm := said("include", "omit", "only")
	if !said("production") && !(ofNpm && a.manager.name == "npm") {
		env["NPM_CONFIG_PRODUCTION"] = "false"  // npm 6 and pnpm to 10, and Yarn 1, which knows it by capitals alone
		env["pnpm_config_production"] = "false" // pnpm since 11
	}
	if !said("production") && !ofNpm {
		env["npm_config_include"] = "dev" // npm since 7
	}
	return a.unlessSaid(env)
}

// unlessSaid gives the user's value to variables that the user has set.
func (a *app) unlessSaid(env map[string]string) map[string]string {
	for name := range env {
		if v, ok := a.Env[name]; ok {
			env[name] = v
		}
	}
	return env
}

// buildEnv are variables of a build that is one for production.
func (a *app) buildEnv() map[string]string {
	env := a.productionEnv()
	if a.own.manifest.needs("@sveltejs/adapter-auto") && !a.own.manifest.needs("@sveltejs/adapter-node") {
		env["GCP_BUILDPACKS"] = "whittle" // the platform for which adapter-auto takes adapter-node
	}
	if a.own.manifest.needs("nitropack") || a.own.manifest.needs("nuxt") || a.own.manifest.needs("nitro") {
		env["NITRO_PRESET"] = "node-server"
	}
	return a.unlessSaid(env)
}

// script runs a script of a package.json by the package manager.
func (a *app) script(ctx context.Context, f folder, name string, env map[string]string) error {
	if line := a.endingScript(f, name); line != nil {
		text := a.runnable(line).String()
		a.Log.Line("%s run %s: %s; nothing changes in a build, so that it runs without what watches: %s", a.manager.name, name, language.Clip(f.manifest.Scripts[name]), language.Clip(text))
		return a.runLine(ctx, f.dir, env, text)
	}
	args := []string{a.manager.name, "run", name}
	if a.manager.name == "npm" {
		args = []string{"npm", "run", "--foreground-scripts", name}
	}
	a.Log.Line("%s run %s: %s", a.manager.name, name, language.Clip(f.manifest.Scripts[name]))
	return a.run(ctx, f.dir, language.With(a.env, env), args)
}

// exec and execArgs run a program of node_modules/.bin.
func (m manager) exec() string {
	return map[string]string{"npm": "npx", "yarn": "yarn", "pnpm": "pnpm", "bun": "bun"}[m.name]
}

func (m manager) execArgs() []string {
	switch m.name {
	case "npm":
		return []string{"--no-install"}
	case "yarn":
		return []string{"run"}
	case "bun":
		return []string{"x", "--no-install"}
	}
	return []string{"exec"}
}

// finishNext puts beside Next's standalone server the files that its build leaves out, as they would be on a CDN.
func (a *app) finishNext() error {
	base := a.at(filepath.Join(standalone, a.own.rel))
	if !language.Exists(filepath.Join(base, "server.js")) {
		base = a.at(standalone)
	}
	if !language.Exists(filepath.Join(base, "server.js")) {
		return nil
	}
	for _, name := range []string{"public", ".next/static"} {
		to := filepath.Join(base, name)
		if !a.has(name) || language.Exists(to) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("cannot complete Next's standalone server: %w", err)
		}
		if err := copyTree(a.at(name), to); err != nil {
			return fmt.Errorf("cannot complete Next's standalone server: %w", err)
		}
	}
	return nil
}
