package node

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/pages"
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
	if err := a.serveFunction(); err != nil {
		return language.Artifacts{}, err
	}
	if err := a.checkStart(); err != nil {
		return language.Artifacts{}, err
	}
	if err := a.checkTypes(); err != nil {
		return language.Artifacts{}, err
	}
	if a.isDeno() {
		return a.deno(ctx)
	}
	if err := a.checkBuilds(); err != nil {
		return language.Artifacts{}, err
	}
	if a.isStatic() && len(a.Processes) == 0 && a.own.manifest.Scripts["start"] == "" {
		return a.pages()
	}
	if err := a.Libc("Node.js"); err != nil {
		return language.Artifacts{}, err
	}
	if err := a.addEngines(ctx); err != nil {
		return language.Artifacts{}, err
	}
	if err := a.expect(ctx); err != nil {
		return language.Artifacts{}, err
	}
	o, err := a.make(ctx)
	if err != nil {
		return language.Artifacts{}, err
	}
	return a.artifacts(ctx, o)
}

// expect lets the build get the libraries of the runtimes while packages are installed. An app without a start command may turn out to be
// pages, whose image has no runtime.
func (a *app) expect(ctx context.Context) error {
	if a.fromDebian() || len(a.Processes) == 0 && a.own.manifest.Scripts["start"] == "" {
		return nil
	}
	var roots []string
	for _, e := range a.engines {
		roots = append(roots, e.layer.Path)
	}
	return a.Expect(ctx, language.Artifacts{Roots: roots})
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
	return a.served(s)
}

// served is an app whose image has the files of a site, and no runtime.
func (a *app) served(s *pages.Site) (language.Artifacts, error) {
	a.inImage(nil)
	made, err := a.serve(s)
	a.Log.Done()
	return made, err
}

// assets builds the front end of an app in another language, where package.json has a script that builds it.
func assets(ctx context.Context, s language.Site) (language.Artifacts, error) {
	a, err := look(s)
	if err != nil {
		return language.Artifacts{}, err
	}
	styles := a.stylesScript()
	if len(a.buildScripts()) == 0 && styles == "" && !a.installBuilds() {
		return language.Artifacts{}, unbuilt(s.FrontEnd)
	}
	if err := a.checkBuilds(); err != nil {
		return language.Artifacts{}, err
	}
	s.Log.Step("Front end")
	if s.FrontEnd.Folder != "" {
		s.Log.Line("in %s (%s)", s.FrontEnd.Folder, s.FrontEnd.Why)
	}
	if err := a.addEngines(ctx); err != nil {
		return language.Artifacts{}, err
	}
	key, err := a.ready(ctx)
	if err != nil {
		return language.Artifacts{}, err
	}
	if err := a.installAndBuild(ctx, key); err != nil {
		return language.Artifacts{}, err
	}
	if styles != "" {
		if err := a.script(ctx, a.own, styles, a.buildEnv()); err != nil {
			return language.Artifacts{}, err
		}
	}
	a.inImage(nil)
	if err := a.removeModules(); err != nil {
		return language.Artifacts{}, err
	}
	if err := a.remove(append(slices.Clone(ofTools), ofPnP...)); err != nil {
		return language.Artifacts{}, err
	}
	s.Log.Done()
	return language.Artifacts{Notes: a.notes}, nil
}

// unbuilt is the problem of a front end that the user names and no script builds; nil for one that merely stands beside the app, whose
// package.json may be about tools.
func unbuilt(f language.FrontEnd) error {
	if f.Folder == "" {
		return nil
	}
	return &language.Problem{
		What: "nothing builds the front end in " + f.Folder, Evidence: []string{"its package.json has no script called build"},
		Next: "Name the script that does: " + runScripts + "=…; or drop " + projectPath + ".",
	}
}

// installBuilds tells whether an installation builds the front end, as one with the script "postinstall" that runs sass does.
func (a *app) installBuilds() bool {
	if _, named := a.Env[runScripts]; named {
		return false
	}
	line, err := a.inline(a.own.manifest.Scripts["postinstall"], a.Dir)
	return err == nil && slices.ContainsFunc(line, func(s command.Simple) bool { return builds(command.Plain(s.Call().Words)) })
}

// stylesScript is the script by which front ends of Rails compile their style sheets, beside "build"; empty for none, and where
// the user names the scripts.
func (a *app) stylesScript() string {
	const name = "build:css"
	if _, named := a.Env[runScripts]; named || a.own.manifest.Scripts[name] == "" {
		return ""
	}
	return name
}

// addEngines gets the runtimes of the build: Node.js, which package managers and build tools run on, and Bun where the app
// names it.
func (a *app) addEngines(ctx context.Context) error {
	defer a.endFetching()
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

// ready does what comes before an installation, and returns the key of that.
func (a *app) ready(ctx context.Context) (key string, err error) {
	if err := a.prepare(); err != nil {
		return "", err
	}
	if err := a.prebuild(ctx); err != nil {
		return "", err
	}
	return a.modulesKey()
}

// making is what is known of an app's packages while it is made.
type making struct {
	key     string // of the installation
	modules language.Layer
	cached  bool // the layer has them from the build before
	builds  bool // something of the app is built, for which development packages are there
}

// make installs, builds and decides how the app starts.
func (a *app) make(ctx context.Context) (outcome, error) {
	key, err := a.ready(ctx)
	if err != nil {
		return outcome{}, err
	}
	m := making{key: key, builds: a.buildsSomething() || a.scripted()}
	if m.modules, err = a.Layer(layerModules); err != nil {
		return outcome{}, err
	}
	a.stood = a.standing()
	m.cached = a.hasInstalled(m.modules, key)
	switch {
	case m.builds:
		err = a.installAndBuild(ctx, key)
	case m.cached:
		a.Log.Line("packages: unchanged, from the cache")
		err = a.linkModules(m.modules.Path)
	default:
		err = a.install(ctx, installed{})
	}
	if err != nil {
		return outcome{}, err
	}
	if !m.builds {
		a.warnNewer()
	}
	o, err := a.startWith(ctx, m.builds)
	if err != nil {
		return o, err
	}
	if err := a.keepModules(ctx, o, m); err != nil {
		return o, err
	}
	a.warnLacking(o)
	if err := a.checkNamesOf(o); err != nil {
		return o, err
	}
	return o, a.cleanup(ctx)
}

// artifacts is what the image gets.
func (a *app) artifacts(ctx context.Context, o outcome) (language.Artifacts, error) {
	if o.site != nil {
		return a.served(o.site)
	}
	a.tellListening(o)
	written := a.MayWrite(writing)
	if err := a.clean(); err != nil {
		return language.Artifacts{}, err
	}
	made := a.started(o)
	made.Slices, made.ComponentsIn, made.Shell = a.browser(), layerModules, a.shells()
	made.Notes, made.MayWrite = a.notes, written
	if a.fromDebian() && o.used["node"] {
		made.Slices = append(made.Slices, slicer.Named{Name: "nodejs_bins", By: "BP_NODE_SOURCE", Kind: record.Runtime})
		if err := a.defaults(); err != nil {
			return made, err
		}
	}
	layer, err := a.Layer(layerModules)
	if err != nil {
		return made, err
	}
	if o.contained == "" && !a.manager.pnp(a.top) && language.Exists(layer.Path) {
		made.Roots = append(made.Roots, layer.Path)
	}
	installed, err := a.installedModules(ctx, o, layer.Path)
	if err != nil {
		return made, err
	}
	if made.Components, err = a.components(installed); err != nil {
		return made, err
	}
	made.Members = a.kept(layer.Path)
	if err := a.cleanContained(o.contained); err != nil {
		return made, err
	}
	a.Log.Done()
	return made, nil
}

// started is what the image gets for how the app starts: the runtimes, and its processes, which are the user's own where they name any.
func (a *app) started(o outcome) language.Artifacts {
	made := language.Artifacts{Roots: a.inImage(slices.Collect(maps.Keys(o.used))), Looked: looked}
	if len(a.Processes) > 0 && !a.function {
		made.Started = o.processes
	} else {
		made.Processes = o.processes
	}
	return made
}

// installedModules are the packages that the image has, wherever they lie in it; those of no layer are none.
func (a *app) installedModules(ctx context.Context, o outcome, layer string) ([]module, error) {
	switch {
	case o.contained != "":
		return modules(a.Dir)
	case a.manager.pnp(a.top):
		return a.pnpModules(ctx)
	case language.Exists(layer):
		return modules(layer)
	}
	return nil, nil
}

// layerDefaults holds the variables of processes where the runtime has no layer of its own.
const layerDefaults = "node-defaults"

func (a *app) defaults() error {
	layer, err := a.Layer(layerDefaults)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err != nil {
		return err
	}
	layer.Launch, layer.Env = true, a.launchEnv("node")
	a.Keep(layer, "defaults")
	return nil
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
