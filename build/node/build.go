package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// buildScripts are the scripts that build the app: those that BP_NODE_RUN_SCRIPTS names, else "heroku-postbuild", or "build".
func (a *app) buildScripts() []string {
	if v, ok := a.Env["BP_NODE_RUN_SCRIPTS"]; ok {
		return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
	}
	for _, name := range []string{"heroku-postbuild", "build"} {
		if a.own.manifest.Scripts[name] != "" {
			return []string{name}
		}
	}
	return nil
}

// buildsSomething tells whether anything is built before the app runs.
func (a *app) buildsSomething() bool {
	if len(a.buildScripts()) > 0 {
		return true
	}
	f, framed := a.framework()
	return framed && f.build != "" && a.own.manifest.Scripts["start"] == "" || a.prestartBuilds()
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

// build runs what builds the app.
func (a *app) build(ctx context.Context) error {
	scripts := a.buildScripts()
	if len(scripts) == 0 && a.prestartBuilds() {
		scripts = []string{"prestart"}
	}
	for _, name := range scripts {
		if a.own.manifest.Scripts[name] == "" {
			return &language.Problem{
				What:     a.own.path(orFile(a.own.manifest.File)) + " has no script " + clip(name),
				Evidence: []string{"BP_NODE_RUN_SCRIPTS=" + clip(a.Setting("BP_NODE_RUN_SCRIPTS"))},
				Next:     "Name scripts that package.json has.",
			}
		}
		if err := a.script(ctx, a.own, name, a.buildEnv()); err != nil {
			return err
		}
	}
	if f, framed := a.framework(); len(scripts) == 0 && framed && f.build != "" && a.own.manifest.Scripts["start"] == "" {
		args := append([]string{a.manager.exec()}, a.manager.execArgs()...)
		args = append(args, strings.Fields(f.build)...)
		a.Log.Line("%s (%s, as package.json has no build script)", f.build, f.name)
		if err := a.run(ctx, a.Dir, language.With(a.env, a.buildEnv()), args); err != nil {
			return err
		}
	}
	return a.finishNext()
}

// buildEnv are variables of a build that is one for production.
func (a *app) buildEnv() map[string]string {
	env := map[string]string{"NODE_ENV": "production"}
	if a.own.manifest.needs("@sveltejs/adapter-auto") && !a.own.manifest.needs("@sveltejs/adapter-node") {
		env["GCP_BUILDPACKS"] = "whittle" // the platform for which adapter-auto takes adapter-node
	}
	if a.own.manifest.needs("nitropack") || a.own.manifest.needs("nuxt") || a.own.manifest.needs("nitro") {
		env["NITRO_PRESET"] = "node-server"
	}
	for name := range env {
		if v, ok := a.Env[name]; ok {
			env[name] = v
		}
	}
	return env
}

// script runs a script of a package.json by the package manager.
func (a *app) script(ctx context.Context, f folder, name string, env map[string]string) error {
	args := []string{a.manager.name, "run", name}
	if a.manager.name == "npm" {
		args = []string{"npm", "run", "--foreground-scripts", name}
	}
	a.Log.Line("%s run %s: %s", a.manager.name, name, clip(f.manifest.Scripts[name]))
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
	base := a.at(filepath.Join(".next/standalone", a.own.rel))
	if !language.Exists(filepath.Join(base, "server.js")) {
		base = a.at(".next/standalone")
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

// cleanPnP removes the archives of Plug'n'Play that its map does not name: those of development packages.
func (a *app) cleanPnP() error {
	text, err := language.ReadFile(filepath.Join(a.top.dir, ".pnp.cjs"))
	if err != nil {
		if text, err = language.ReadFile(filepath.Join(a.top.dir, ".pnp.js")); err != nil {
			return nil // there are no packages
		}
	}
	dir := filepath.Join(a.top.dir, ".yarn", "cache")
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("cannot list Yarn's cache: %w", err)
	}
	for _, e := range entries {
		if strings.Contains(string(text), e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("cannot remove a package that the image does not need: %w", err)
		}
	}
	return nil
}
