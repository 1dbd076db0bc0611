package node

import (
	"context"
	"maps"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// layerDenoBuild holds the modules that only a build of Deno's loads.
const layerDenoBuild = "deno-build"

// denoBuilds are the tasks that build an app for Deno: those that BP_NODE_RUN_SCRIPTS names, or else "build".
func (a *app) denoBuilds() []string {
	if v, ok := a.Env[runScripts]; ok {
		return language.SplitList(v)
	}
	d, err := a.denoConfig()
	if text := d.task("build"); err == nil && text != "" && !strings.Contains(text, "deno compile") { // which makes another program of the app
		return []string{"build"}
	}
	return nil
}

// denoBuild installs what deno.json wants to have installed, and runs the tasks that build, with modules that the image does not get.
func (a *app) denoBuild(ctx context.Context, d denoFile) error {
	cache, err := a.Cache(layerDenoBuild)
	if err != nil {
		return err
	}
	env := a.denoEnv(cache.Path)
	if d.NodeModulesDir == "manual" {
		args := []string{"deno", "install"}
		if a.denoFrozen() {
			args = append(args, "--frozen")
		}
		a.Log.Line("%s", strings.Join(args, " "))
		if err := a.run(ctx, a.Dir, env, args); err != nil {
			return err
		}
	}
	maps.Copy(env, a.buildEnv())
	for _, name := range a.denoBuilds() {
		text := d.task(name)
		if text == "" {
			return &language.Problem{
				What: "deno.json has no task " + language.Clip(name), Evidence: []string{runScripts + "=" + language.Clip(a.Setting(runScripts))},
				Next: "Name tasks that deno.json has.",
			}
		}
		if line := a.ending("deno task "+command.Text(name).String(), a.Dir); line != nil {
			a.Log.Line("deno task %s: %s; nothing changes in a build, so that it runs without what watches: %s", name, language.Clip(text), language.Clip(line.String()))
			if err := a.run(ctx, a.Dir, env, []string{"sh", "-c", line.String()}); err != nil {
				return err
			}
			continue
		}
		a.Log.Line("deno task %s: %s", name, language.Clip(text))
		if err := a.run(ctx, a.Dir, env, []string{"deno", "task", name}); err != nil {
			return err
		}
	}
	return nil
}

// denoEnv are the variables of Deno in a build that keeps its modules in a folder.
func (a *app) denoEnv(dir string) map[string]string {
	env := language.With(a.env, map[string]string{"DENO_DIR": dir, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"})
	if file := a.env["SSL_CERT_FILE"]; file != "" {
		env["DENO_CERT"] = file
	}
	return env
}

// denoFrozen tells whether Deno is to take what its lock says.
func (a *app) denoFrozen() bool {
	return language.FirstFile(a.own.files, "deno.lock") != "" && !a.updateLock()
}

// denoPages serves what a build of Deno's left, where no program starts; else lacks is told.
func (a *app) denoPages(lacks error) (language.Artifacts, error) {
	s, err := a.findSite(framework{})
	if err != nil {
		return language.Artifacts{}, err
	}
	if s == nil {
		return language.Artifacts{}, lacks
	}
	return a.served(s)
}
