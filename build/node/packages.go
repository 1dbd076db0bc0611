package node

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	people "whittle.dev/whittle/internal/text"
)

// startWith decides how the app starts. A start command that names a program of a development package keeps those.
func (a *app) startWith(ctx context.Context, all bool) (outcome, error) {
	o, err := a.start(ctx)
	var missing *missingProgram
	if errors.As(err, &missing) && !all {
		a.Log.Line("%v, and the start command names it", missing)
		if err := a.install(ctx, installed{dev: true}); err != nil {
			return o, err
		}
		o, err = a.start(ctx)
	}
	if errors.As(err, &missing) {
		return o, &language.Problem{
			What:     "the start command names " + missing.name + ", which is not in the image",
			Evidence: []string{missing.Error()},
			Next:     "Add the package that has it to dependencies in package.json.",
			Err:      err,
		}
	}
	if err != nil {
		return o, err
	}
	if a.development = a.developmentImport(o, all); a.development != "" && !all {
		a.Log.Line("%s is a development package, and what starts imports it", a.development)
		return o, a.install(ctx, installed{dev: true})
	}
	return o, nil
}

// keepModules leaves in the image what the app needs of its packages when it runs: moved into a layer and linked, or, for
// servers that have their modules beside them and static sites, nothing.
func (a *app) keepModules(ctx context.Context, o outcome, m making) error {
	if o.site != nil || o.contained != "" {
		return a.removeModules()
	}
	development := a.startNeedsDevelopment(o)
	if a.manager.pnp(a.top) { // its map names paths below the app's folder
		return a.pruneInPlace(ctx, m.builds, development)
	}
	switch {
	case m.cached && m.builds:
		if err := a.removeModules(); err != nil {
			return err
		}
		if err := a.linkModules(m.modules.Path); err != nil {
			return err
		}
	case !m.cached:
		err := a.pruneFor(ctx, m.builds, development)
		if err != nil {
			return err
		}
		if m.modules, err = a.fillModules(ctx, m.modules); err != nil {
			return err
		}
	}
	m.modules.Launch, m.modules.Cache = true, true
	// Programs that look for the app's folder from their own place would find the layer.
	m.modules.Env = map[string]string{"APP_ROOT_PATH": a.Dir}
	a.Keep(m.modules, m.key)
	return nil
}

// fillModules moves the installed packages into their layer, less what does not run, and links them.
func (a *app) fillModules(ctx context.Context, modules language.Layer) (language.Layer, error) {
	modules, err := a.Reset(modules)
	if err != nil {
		return modules, err
	}
	if err := a.moveModules(modules.Path); err != nil {
		return modules, err
	}
	if err := a.trim(ctx, modules.Path); err != nil {
		return modules, err
	}
	if err := language.Settle(modules.Path); err != nil {
		return modules, err
	}
	if size, err := language.TreeSize(modules.Path); err == nil && size > 0 {
		a.Log.Line("packages: %s", people.Bytes(size))
	}
	return modules, a.linkModules(modules.Path)
}

// pruneFor leaves out development packages, unless the start command needs one.
func (a *app) pruneFor(ctx context.Context, building bool, development string) error {
	if development != "" {
		a.Log.Warn("what starts needs %s: development packages stay in the image; move what runs to dependencies", development)
		return nil
	}
	if (building || a.manager.berry) && a.manifests() && a.hasDevelopment() {
		return a.prune(ctx)
	}
	return nil
}

// pruneInPlace leaves the packages of Plug'n'Play in the app's folder.
func (a *app) pruneInPlace(ctx context.Context, building bool, development string) error {
	if err := a.pruneFor(ctx, building, development); err != nil {
		return err
	}
	for _, dir := range []string{"node_modules", ".yarn/unplugged"} {
		if at := filepath.Join(a.top.dir, dir); language.Exists(at) {
			if err := a.trim(ctx, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasDevelopment tells whether there is anything to leave out.
func (a *app) hasDevelopment() bool {
	return slices.ContainsFunc(a.all(), func(f folder) bool { return len(f.manifest.DevDependencies) > 0 })
}

// startNeedsDevelopment returns a development package whose program the start command runs, or that what starts imports; an empty
// text for none.
func (a *app) startNeedsDevelopment(o outcome) string {
	if a.development != "" {
		return a.development
	}
	for _, p := range o.processes {
		text := p.Line + " " + strings.Join(p.Command, " ")
		for _, f := range a.folders() {
			for _, name := range slices.Sorted(maps.Keys(map[string]string(f.manifest.DevDependencies))) {
				_, kept := f.manifest.Dependencies[name]
				if !kept && (strings.Contains(text, "node_modules/"+name+"/") || strings.Contains(text, " "+name+"/register") || strings.Contains(text, " "+name+"/esm") || strings.Contains(text, " "+name+"/config")) {
					return name
				}
			}
		}
	}
	return ""
}

// scripted tells whether installing runs scripts of the app's own, which may need development packages.
func (a *app) scripted() bool {
	if a.manager.name == "bun" && a.manager.lock == "" {
		return true // it leaves development packages out by a lock alone
	}
	return slices.ContainsFunc([]string{"preinstall", "install", "postinstall", "prepare"}, func(s string) bool {
		return a.top.manifest.Scripts[s] != "" || a.own.manifest.Scripts[s] != ""
	})
}

// hasInstalled tells whether a layer has the packages of the same installation, and that made nothing beside them: Plug'n'Play keeps its
// map there, and a native module that is the app itself is compiled there although no script says so.
func (a *app) hasInstalled(layer language.Layer, key string) bool {
	addon := slices.ContainsFunc(a.folders(), func(f folder) bool { return language.IsFile(f.files, "binding.gyp") })
	return a.Reusable(layer, key) && !a.manager.pnp(a.top) && !addon
}

// installAndBuild installs all packages, those of the last build where nothing changed, and builds.
func (a *app) installAndBuild(ctx context.Context, key string) error {
	kept, err := a.installAll(ctx, key)
	if err != nil {
		return err
	}
	return a.endKeeping(kept, a.build(ctx))
}

// installAll installs all packages for a build: those of the last one where nothing changed, and the app's own scripts
// that run after an installation. What is installed anew is being kept for the next build when it returns.
func (a *app) installAll(ctx context.Context, key string) (*keeping, error) {
	if !a.manifests() {
		return nil, nil
	}
	all, err := a.Layer(layerAll)
	if err != nil {
		return nil, err
	}
	all.Cache = true
	if a.hasInstalled(all, key) {
		a.Log.Line("packages: unchanged, from the cache")
		a.Keep(all, key)
		if err := a.restore(all.Path); err != nil {
			return nil, err
		}
		return nil, a.afterInstall(ctx)
	}
	if err := a.install(ctx, installed{dev: true}); err != nil || a.manager.pnp(a.top) {
		return nil, err
	}
	if all, err = a.Reset(all); err != nil {
		return nil, err
	}
	all.Cache = true
	return a.startKeeping(ctx, all, key)
}

// afterInstall runs the scripts that an installation would have run.
func (a *app) afterInstall(ctx context.Context) error {
	for _, f := range a.folders() {
		for _, script := range []string{"install", "postinstall", "prepare"} {
			if f.manifest.Scripts[script] == "" {
				continue
			}
			if err := a.script(ctx, f, script, a.productionEnv()); err != nil {
				return err
			}
		}
	}
	return nil
}
