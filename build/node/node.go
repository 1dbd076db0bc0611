package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	people "whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// compile builds an app: packages, build scripts, then what of both the image needs.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	s.Log.Step("Node.js")
	a, err := look(s)
	if err != nil {
		return language.Artifacts{}, err
	}
	if err := a.checkStart(); err != nil {
		return language.Artifacts{}, err
	}
	if a.isDeno() {
		return a.deno(ctx)
	}
	if a.isStatic() && len(a.Processes) == 0 && a.own.manifest.Scripts["start"] == "" {
		return a.pages()
	}
	if err := a.addEngines(ctx); err != nil {
		return language.Artifacts{}, err
	}
	o, err := a.make(ctx)
	if err != nil {
		return language.Artifacts{}, err
	}
	return a.artifacts(o)
}

// pages is an app of static files that nothing has to build.
func (a *app) pages() (language.Artifacts, error) {
	s, err := a.findSite(framework{})
	if err != nil {
		return language.Artifacts{}, err
	}
	if s == nil {
		return language.Artifacts{}, &language.Problem{What: "there is no page to serve", Evidence: []string{"looked for: index.html, public/index.html"}, Next: "Name the folder of the pages in Staticfile, such as `root: public`."}
	}
	made, err := a.serve(s)
	a.Log.Done()
	return made, err
}

// assets builds the front end of an app in another language, where package.json has a build script.
func assets(ctx context.Context, s language.Site) (language.Artifacts, error) {
	a, err := look(s)
	if err != nil || len(a.buildScripts()) == 0 {
		return language.Artifacts{}, err
	}
	s.Log.Step("Front end")
	if err := a.addEngines(ctx); err != nil {
		return language.Artifacts{}, err
	}
	if err := a.prepare(); err != nil {
		return language.Artifacts{}, err
	}
	key, err := a.modulesKey()
	if err != nil {
		return language.Artifacts{}, err
	}
	if err := a.installAll(ctx, key); err != nil {
		return language.Artifacts{}, err
	}
	if err := a.build(ctx); err != nil {
		return language.Artifacts{}, err
	}
	a.inImage(nil)
	if err := a.removeModules(); err != nil {
		return language.Artifacts{}, err
	}
	s.Log.Done()
	return language.Artifacts{Notes: a.notes}, nil
}

// addEngines gets the runtimes of the build: Node.js, which package managers and build tools run on, and Bun where the app
// names it.
func (a *app) addEngines(ctx context.Context) error {
	if err := a.Libc("Node.js"); err != nil {
		return err
	}
	node, err := a.addEngine(ctx, engineNode)
	if err != nil {
		return err
	}
	if a.usesBun() {
		if _, err := a.addEngine(ctx, engineBun); err != nil {
			return err
		}
	}
	if !a.manifests() {
		return nil
	}
	return a.addManagers(ctx, node.release)
}

// make installs, builds and decides how the app starts.
func (a *app) make(ctx context.Context) (outcome, error) {
	if err := a.prepare(); err != nil {
		return outcome{}, err
	}
	key, err := a.modulesKey()
	if err != nil {
		return outcome{}, err
	}
	modules, err := a.Layer(layerModules)
	if err != nil {
		return outcome{}, err
	}
	building := a.buildsSomething()
	cached := a.Reusable(modules, key) && !a.manager.pnp(a.top)
	switch {
	case building:
		if err := a.installAll(ctx, key); err != nil {
			return outcome{}, err
		}
		if err := a.build(ctx); err != nil {
			return outcome{}, err
		}
	case cached:
		a.Log.Line("packages: unchanged, from the cache")
		if err := a.linkModules(modules.Path); err != nil {
			return outcome{}, err
		}
	default:
		if err := a.install(ctx, installed{dev: a.scripted()}); err != nil {
			return outcome{}, err
		}
	}
	o, err := a.startWith(ctx, building || a.scripted())
	if err != nil {
		return o, err
	}
	return o, a.keepModules(ctx, o, modules, key, cached, building)
}

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
	return o, err
}

// keepModules leaves in the image what the app needs of its packages when it runs: moved into a layer and linked, or, for
// servers that have their modules beside them and static sites, nothing.
func (a *app) keepModules(ctx context.Context, o outcome, modules language.Layer, key string, cached, building bool) error {
	if o.site != nil || o.contained {
		return a.removeModules()
	}
	development := a.startNeedsDevelopment(o)
	if a.manager.pnp(a.top) { // its map names paths below the app's folder
		return a.pruneInPlace(ctx, building, development)
	}
	switch {
	case cached && building:
		if err := a.removeModules(); err != nil {
			return err
		}
		if err := a.linkModules(modules.Path); err != nil {
			return err
		}
	case !cached:
		err := a.pruneFor(ctx, building, development)
		if err != nil {
			return err
		}
		if modules, err = a.Reset(modules); err != nil {
			return err
		}
		if err := a.moveModules(modules.Path); err != nil {
			return err
		}
		if err := a.trim(ctx, modules.Path); err != nil {
			return err
		}
		if err := language.Settle(modules.Path); err != nil {
			return err
		}
		if err := a.linkModules(modules.Path); err != nil {
			return err
		}
		if size, err := language.TreeSize(modules.Path); err == nil && size > 0 {
			a.Log.Line("packages: %s", people.Bytes(size))
		}
	}
	modules.Launch, modules.Cache = true, true
	// Programs that look for the app's folder from their own place would find the layer.
	modules.Env = map[string]string{"APP_ROOT_PATH": a.Dir}
	a.Keep(modules, key)
	return nil
}

// pruneFor leaves out development packages, unless the start command needs one.
func (a *app) pruneFor(ctx context.Context, building bool, development string) error {
	if development != "" {
		a.Log.Warn("the start command needs %s: development packages stay in the image; move what runs to dependencies", development)
		return nil
	}
	if (building || a.scripted() || a.manager.berry) && a.manifests() && a.hasDevelopment() {
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

// startNeedsDevelopment returns the development package whose program the start command runs, or an empty text.
func (a *app) startNeedsDevelopment(o outcome) string {
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

// installAll installs all packages for a build: those of the last one where nothing changed, and the app's own scripts
// that run after an installation.
func (a *app) installAll(ctx context.Context, key string) error {
	if !a.manifests() {
		return nil
	}
	all, err := a.Layer(layerAll)
	if err != nil {
		return err
	}
	all.Cache = true
	if a.Reusable(all, key) && !a.manager.pnp(a.top) {
		a.Log.Line("packages: unchanged, from the cache")
		a.Keep(all, key)
		if err := a.restore(all.Path); err != nil {
			return err
		}
		return a.afterInstall(ctx)
	}
	if err := a.install(ctx, installed{dev: true}); err != nil {
		return err
	}
	if a.manager.pnp(a.top) {
		return nil
	}
	if all, err = a.Reset(all); err != nil {
		return err
	}
	all.Cache = true
	a.Keep(all, key)
	return a.save(all.Path)
}

// afterInstall runs the scripts that an installation would have run.
func (a *app) afterInstall(ctx context.Context) error {
	for _, f := range a.folders() {
		for _, script := range []string{"install", "postinstall", "prepare"} {
			if f.manifest.Scripts[script] == "" {
				continue
			}
			if err := a.script(ctx, f, script, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// artifacts is what the image gets.
func (a *app) artifacts(o outcome) (language.Artifacts, error) {
	if o.site != nil {
		a.inImage(nil)
		made, err := a.serve(o.site)
		a.Log.Done()
		return made, err
	}
	if err := a.clean(); err != nil {
		return language.Artifacts{}, err
	}
	made := language.Artifacts{Roots: a.inImage(slices.Collect(maps.Keys(o.used))), Looked: looked, Notes: a.notes, ComponentsIn: layerModules}
	if a.Setting("BP_NODE_SOURCE") == "debian" {
		made.Slices = append(made.Slices, slicer.Named{Name: "nodejs", By: "BP_NODE_SOURCE", Kind: record.Asked})
	}
	if len(a.Processes) > 0 {
		made.Started = o.processes
	} else {
		made.Processes = o.processes
	}
	modules, err := a.Layer(layerModules)
	if err != nil {
		return made, err
	}
	if !o.contained && language.Exists(modules.Path) {
		made.Roots = append(made.Roots, modules.Path)
		if made.Components, err = components(modules.Path); err != nil {
			return made, err
		}
	}
	made.Members = a.kept(modules.Path)
	a.Log.Done()
	return made, nil
}

// kept are the folders outside the app's own that it needs when it runs: links to its packages, and the members of the
// workspace that they lead to.
func (a *app) kept(modules string) []string {
	if a.own.dir == a.top.dir {
		return nil
	}
	var all []string
	for _, f := range a.all() {
		if f.dir == a.own.dir {
			continue
		}
		if link := filepath.Join(f.dir, "node_modules"); language.Exists(link) {
			all = append(all, link)
		}
		if f.dir != a.top.dir && linked(modules, f.dir) {
			all = append(all, f.dir)
		}
	}
	return all
}

// linked tells whether a link of node_modules leads to a folder.
func linked(modules, dir string) bool {
	found := false
	_ = filepath.WalkDir(modules, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type()&fs.ModeSymlink != 0 {
			if target, rerr := os.Readlink(name); rerr == nil && target == dir {
				found = true
				return fs.SkipAll
			}
		}
		return nil // what can't be read has no link
	})
	return found
}

// clean removes from the app's folder what no program reads: version control, credentials and settings of package
// managers, caches of builds.
func (a *app) clean() error {
	names := []string{
		".git", ".github", ".gitignore", ".dockerignore", "Dockerfile", ".npmrc", ".yarnrc", ".yarnrc.yml", "project.toml", "Procfile",
		".next/cache", ".turbo", ".nx", ".cache", ".parcel-cache", ".angular", ".vite", ".svelte-kit", ".eslintcache", "tsconfig.tsbuildinfo", ".pnpm-store",
		".yarn/install-state.gz", ".yarn/build-state.yml", ".yarn/releases", ".yarn/plugins", ".yarn/sdks", "coverage",
	}
	pnp := a.manager.pnp(a.top)
	if !pnp {
		names = append(names, ".yarn", ".pnp.cjs", ".pnp.js", ".pnp.loader.mjs")
	}
	for _, f := range a.all() {
		for _, name := range names {
			if name == "Procfile" && f.dir != a.Dir {
				continue
			}
			if err := os.RemoveAll(filepath.Join(f.dir, name)); err != nil {
				return fmt.Errorf("cannot remove %s: %w", f.path(name), err)
			}
		}
	}
	if pnp {
		return a.cleanPnP()
	}
	return nil
}
