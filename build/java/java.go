package java

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// The layers of a Java build.
const (
	layerRuntime = "java"       // bin/java: what jlink made
	layerJars    = "jars"       // the archives that the app depends on
	layerApp     = "java-app"   // the app's own archive or classes
	layerState   = "java-state" // what is known of the app; the build's alone
)

// compile builds an app and the runtime that it needs.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	s.Log.Step("Java")
	a, err := look(s)
	if err != nil {
		return language.Artifacts{}, err
	}
	defer a.root.Close()
	if err := a.Libc("Java"); err != nil {
		return language.Artifacts{}, err
	}
	port, written := a.listening(), a.mayWrite() // while the sources are there
	b, err := a.make(ctx)
	if err != nil {
		return language.Artifacts{}, err
	}
	r, err := a.runtime(ctx, b)
	if err != nil {
		return language.Artifacts{}, err
	}
	made := a.artifacts(b, r)
	made.MayWrite = written
	if note := b.portNote(port); note != "" {
		made.Notes = append(made.Notes, note)
	}
	s.Log.Done()
	return made, nil
}

// built is what is known of an app once it is built. It is kept, so that an app that has not changed is not looked at
// again.
type built struct {
	Program   string   // what runs, for the log: "target/app.jar (Spring Boot jar)"
	Framework string   // "Spring Boot"; empty for none that is known
	Port      bool     // the app reads the variable PORT
	Tomcat    bool     // it is served by Debian's
	Sources   []string // folders of its sources that the app reads when it runs
	Start     []string // java's arguments; none where nothing says what runs
	Arguments []string // the program's
	// PortOption is the property of Java's that tells the framework its port; empty for none.
	PortOption string
	Started    []language.Process // the user's processes, where they are not started as written
	Evidence   evidence           // what the runtime must have
	// Dependencies is what the archives say that the app depends on.
	Dependencies scan
	Components   []language.Component
	Natives      []native
	Layers       []string // of layerApp and layerJars, those that hold anything
}

// make builds the app into its layers, unless it has not changed since the build before.
func (a *app) make(ctx context.Context) (built, error) {
	key, err := a.key()
	if err != nil {
		return built{}, err
	}
	all := map[string]language.Layer{}
	reusable := true
	for _, name := range []string{layerApp, layerJars, layerState} {
		if all[name], err = a.Layer(name); err != nil {
			return built{}, err
		}
		reusable = reusable && a.Reusable(all[name], key)
	}
	var b built
	if reusable && language.ReadNote(filepath.Join(all[layerState].Path, stateFile), &b) {
		a.Log.Line("nothing changed: %s of the build before is used", b.Program)
		err = a.keepTool()
	} else {
		b, err = a.build(ctx, all)
	}
	if err != nil {
		return b, err
	}
	for name, layer := range all {
		layer.Cache, layer.Launch = true, slices.Contains(b.Layers, name)
		a.Keep(layer, key)
	}
	if err := a.clean(b.Sources); err != nil {
		return b, err
	}
	return b, a.place(all[layerApp].Path, ".")
}

// lastState is what the build before knew, whatever it built; nothing for a first build.
func (a *app) lastState() (last built) {
	layer, err := a.Layer(layerState)
	if err != nil || !language.ReadNote(filepath.Join(layer.Path, stateFile), &last) {
		return built{}
	}
	return last
}

// build runs the app's tool, and takes what runs into the layers.
func (a *app) build(ctx context.Context, all map[string]language.Layer) (built, error) {
	if err := a.runTool(ctx); err != nil {
		return built{}, err
	}
	before := a.lastState()
	for name, layer := range all {
		var err error
		if all[name], err = a.Reset(layer); err != nil {
			return built{}, err
		}
	}
	a.before = before.Dependencies
	st, err := newStage(a.root, all[layerApp].Path, all[layerJars].Path)
	if err != nil {
		return built{}, err
	}
	defer st.close()
	if st.arch, err = a.nativesOfImage(); err != nil {
		return built{}, err
	}
	b, err := a.take(ctx, st)
	if err != nil {
		return b, err
	}
	for _, name := range []string{layerApp, layerJars} {
		entries, err := os.ReadDir(all[name].Path)
		if err != nil {
			return b, fmt.Errorf("cannot list layer %s: %w", name, err)
		}
		if len(entries) > 0 {
			b.Layers = append(b.Layers, name)
		}
		if err := language.Settle(all[name].Path); err != nil {
			return b, err
		}
	}
	if err := language.WriteNote(filepath.Join(all[layerState].Path, stateFile), b); err != nil {
		return b, fmt.Errorf("cannot keep what is known of the app: %w", err)
	}
	return b, nil
}

// runTool builds the app's archives.
func (a *app) runTool(ctx context.Context) error {
	if a.tool == toolMaven || a.tool == toolGradle {
		if err := a.checkPrograms(); err != nil {
			return err
		}
	}
	switch a.tool {
	case toolMaven:
		if err := a.removeOutputs("target"); err != nil {
			return err
		}
		return a.buildMaven(ctx)
	case toolGradle:
		if err := a.removeOutputs("build"); err != nil {
			return err
		}
		return a.buildGradle(ctx)
	case toolJavac:
		return a.buildSources(ctx)
	}
	return nil
}

// keepTool keeps the cache of the app's tool as it was restored.
func (a *app) keepTool() error {
	name := map[tool]string{toolMaven: layerMaven, toolGradle: layerGradle}[a.tool]
	if name == "" {
		return nil
	}
	_, err := a.Cache(name)
	return err
}

// key identifies what the app is made of: every file of the project, the settings, the tools.
func (a *app) key() (string, error) {
	k := language.NewKey()
	k.Add("java 6", a.jdk.Version, a.Arch, a.Tools, a.Debug)
	settings := maps.Clone(a.Env)
	maps.DeleteFunc(settings, func(name, _ string) bool { return !countsForBuild(name) })
	k.Environment(settings, a.Temp)
	for _, p := range a.wishedFor {
		k.Add(p.Line, p.Command)
	}
	if err := k.App(a.Root); err != nil {
		return "", err
	}
	return k.String(), nil
}

// countsForBuild tells whether a variable may change what is made.
func countsForBuild(name string) bool {
	if name == "MAVEN_OPTS" || name == "GRADLE_OPTS" {
		return false // memory and certificates of the build
	}
	setting := strings.TrimPrefix(name, "BP_")
	return slices.ContainsFunc([]string{"JVM_", "JAVA_", "NODE_", "MAVEN_", "GRADLE_", "ORG_GRADLE_", "EXECUTABLE_JAR", "GOOGLE_FUNCTION_"}, func(p string) bool { return strings.HasPrefix(setting, p) })
}

// stateFile, in layer java-state, is the note of what is known of the app.
const stateFile = "state.json"
