package java

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/text"
)

// take finds what runs among what was built, and stages it.
func (a *app) take(ctx context.Context, st *stage) (built, error) {
	all, err := a.archives()
	if err != nil {
		return built{}, err
	}
	for _, one := range all {
		if a.tool == toolMaven || a.tool == toolGradle {
			st.own[path.Base(one.Path)] = true
		}
	}
	if err := a.readScripts(ctx); err != nil {
		return built{}, err
	}
	b, err := a.program(ctx, st, all)
	if err != nil {
		return b, err
	}
	if err := a.named(ctx, st); err != nil {
		return b, err
	}
	if st.foreign > 0 {
		a.Log.Line("left out of archives: native libraries of other systems and processors, %s", text.Bytes(st.foreign))
	}
	if err := a.examine(ctx, st, &b); err != nil {
		return b, err
	}
	if err := a.configure(&b); err != nil {
		return b, err
	}
	b.Started, err = a.started(b)
	return b, err
}

// program stages the one program that nobody had to name. An app whose start commands name what runs may have none.
func (a *app) program(ctx context.Context, st *stage, all []archive) (built, error) {
	if a.tool == toolJavac {
		return a.sourceProgram(st)
	}
	if a.war {
		return a.unpackedWarProgram(ctx, st)
	}
	if a.tool == toolNone && language.IsFile(a.Files, manifestFile) {
		return a.exploded(st)
	}
	one, err := a.choose(all)
	if err != nil || one.Path == "" {
		return built{Program: "what the start commands name"}, err
	}
	b := built{Program: fmt.Sprintf("%s (%s)", one.Path, one.Kind), Start: []string{"-jar", one.Path}}
	switch one.Kind {
	case war:
		return a.servletContainer(ctx, st, one)
	case library:
		return a.libraryProgram(ctx, st, one)
	}
	return b, a.stageProgram(ctx, st, one)
}

// stageProgram stages an archive that starts, and what it starts with.
func (a *app) stageProgram(ctx context.Context, st *stage, one archive) error {
	switch one.Kind {
	case boot:
		return st.unpackBoot(one)
	case quarkus:
		return st.tree(path.Dir(one.Path), func(name string) bool { return !strings.Contains(name, "/lib/") })
	}
	if err := st.archive(one.Path); err != nil {
		return err
	}
	if err := st.inside(one.Path, filepath.Join(a.Temp, "inside")); err != nil {
		return err
	}
	missing, err := st.classPath(one)
	if err == nil && len(missing) > 0 && a.tool == toolMaven {
		err = a.copyMissing(ctx, st, one, missing)
	}
	return err
}

// outputs are the patterns of what the tools write, below a module's folder.
var outputs = map[tool][]string{
	toolMaven:  {"target/*.jar", "target/*.war", "target/*-runner.jar", "target/quarkus-app/" + quarkusRun},
	toolGradle: {"build/libs/*.jar", "build/libs/*.war", "build/quarkus-app/" + quarkusRun, "build/*-runner.jar"},
	toolNone:   {"*.jar", "*.war", "quarkus-app/" + quarkusRun},
}

// archives are those that were built and may be what runs.
func (a *app) archives() ([]archive, error) {
	var names []string
	for _, dir := range a.moduleDirs() {
		for _, pattern := range outputs[a.tool] {
			names = append(names, a.glob(path.Join(dir, pattern))...)
		}
	}
	if setting, pattern := a.artifactSetting(); pattern != "" {
		found := a.glob(path.Join(a.builtModule(), pattern))
		for i, name := range found {
			if language.IsFile(a.Files, path.Join(name, quarkusRun)) {
				found[i] = path.Join(name, quarkusRun)
			}
		}
		found = slices.DeleteFunc(found, func(name string) bool { return isByProduct(name) || !language.IsFile(language.FolderOf(a.root), name) })
		if len(found) == 0 {
			return nil, &language.Problem{
				What:     fmt.Sprintf("%s=%s names no archive that was built", setting, language.Clip(pattern)),
				Evidence: []string{"built: " + language.List(language.Most(names))},
				Next:     "Name the archive that runs, such as target/app.jar, by its path below the app's folder or the module's.",
			}
		}
		names = found
	}
	slices.Sort(names)
	var all []archive
	for _, name := range slices.Compact(names) {
		if isByProduct(name) {
			continue
		}
		one, err := readArchive(a.root, name)
		if err != nil {
			a.Log.Warn("%s", language.Clip(err.Error()))
			continue
		}
		all = append(all, one)
	}
	return all, nil
}

// choose returns the archive that runs: the only one that can, or one that cannot by itself, where there is no other. None
// is an error unless start commands name what runs.
func (a *app) choose(all []archive) (archive, error) {
	if of := slices.DeleteFunc(slices.Clone(all), func(o archive) bool { return o.Kind != quarkus }); len(of) > 0 {
		all = of
	}
	var starts, rest []archive
	for _, o := range all {
		if o.Kind != library {
			starts = append(starts, o)
		} else {
			rest = append(rest, o)
		}
	}
	starts = a.withoutParts(withServers(starts))
	switch {
	case len(starts) == 1:
		return starts[0], nil
	case len(starts) == 0 && len(a.Processes) > 0:
		return archive{}, nil
	case len(starts) == 0 && len(rest) == 1:
		return rest[0], nil
	case len(a.Processes) > 0:
		return archive{}, nil
	}
	return archive{}, a.undecided(starts, rest)
}

// withServers leaves out wars for a container beside the one archive that starts by itself: plugins of servers make that of the war
// (WildFly's bootable jar, Open Liberty's runnable one).
func withServers(starts []archive) []archive {
	alone := slices.DeleteFunc(slices.Clone(starts), func(o archive) bool { return o.Kind == war })
	if len(alone) != 1 || slices.ContainsFunc(starts, func(o archive) bool { return path.Dir(o.Path) != path.Dir(alone[0].Path) }) {
		return starts
	}
	return alone
}

// undecided is the error of an app of which nothing says what runs.
func (a *app) undecided(starts, rest []archive) error {
	setting, more := "BP_EXECUTABLE_JAR_LOCATION", ""
	switch a.tool {
	case toolMaven:
		setting, more = "BP_MAVEN_BUILT_ARTIFACT", "the module in BP_MAVEN_BUILT_MODULE, or "
	case toolGradle:
		setting, more = "BP_GRADLE_BUILT_ARTIFACT", "the module in BP_GRADLE_BUILT_MODULE, or "
	}
	p := &language.Problem{What: "several archives could be what runs"}
	list := starts
	if len(starts) == 0 {
		p.What, list = "nothing that was built can be started", rest
	}
	for _, o := range list {
		p.Evidence = append(p.Evidence, fmt.Sprintf("%s (%s)", language.Clip(o.Path), o.Kind))
	}
	p.Evidence = language.Most(p.Evidence)
	if len(list) == 0 {
		p.Evidence = []string{"looked for: " + language.List(outputs[a.tool])}
		p.Next = "Have the project package a jar or a war, or name what it makes in " + setting + "."
		return p
	}
	p.Next = fmt.Sprintf("Set %s to one of them, such as %s=%s, or %swrite a Procfile.", setting, setting, language.Clip(list[0].Path), more)
	if len(starts) == 0 {
		p.Next = "Give the jar that runs a main class (Main-Class in its manifest), or write a Procfile."
	}
	return p
}

// artifactSetting is the setting that names the archive, and its pattern.
func (a *app) artifactSetting() (setting, pattern string) {
	for _, setting := range []string{"BP_MAVEN_BUILT_ARTIFACT", "BP_GRADLE_BUILT_ARTIFACT", "BP_EXECUTABLE_JAR_LOCATION"} {
		if v := a.Setting(setting); v != "" {
			return setting, v
		}
	}
	return "", ""
}

// builtModule is the folder of the module that a setting names, or the app's own.
func (a *app) builtModule() string {
	for _, setting := range []string{"BP_MAVEN_BUILT_MODULE", "BP_GRADLE_BUILT_MODULE"} {
		if v := a.Setting(setting); v != "" && paths.IsClean(v) {
			return v
		}
	}
	return "."
}

// moduleDirs are the folders where archives may have been built.
func (a *app) moduleDirs() []string {
	if m := a.builtModule(); m != "." {
		return []string{m}
	}
	switch a.tool {
	case toolMaven:
		return modules(a.Files)
	case toolGradle:
		dirs := []string{"."}
		for _, pattern := range []string{"*/build/libs", "*/*/build/libs", "*/build/quarkus-app"} {
			for _, found := range a.glob(pattern) {
				dirs = append(dirs, path.Dir(path.Dir(found)))
			}
		}
		slices.Sort(dirs)
		return slices.Compact(dirs)
	}
	return []string{"."}
}

// glob returns what matches a pattern in the app's folder; nothing for what is no pattern.
func (a *app) glob(pattern string) []string {
	if !fs.ValidPath(strings.TrimSuffix(pattern, "/")) {
		return nil
	}
	found, err := language.NewSearch(language.FolderOf(a.root)).Find(path.Clean(pattern))
	if err != nil {
		return nil // a wrong pattern matches nothing, and neither does one that leads on without end
	}
	return found
}

// named stages what the start commands name: archives, and folders of class paths.
func (a *app) named(ctx context.Context, st *stage) error {
	search := language.NewSearch(language.FolderOf(a.root))
	for _, p := range a.Processes {
		if err := a.copyNamed(ctx, p); err != nil {
			return err
		}
		names, err := a.mentioned(p, search)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := a.stageNamed(ctx, st, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyNamed has Maven copy the dependencies where a start command names the folder that its plugin copies them to, and the
// project does not have them copied.
func (a *app) copyNamed(ctx context.Context, p language.Process) error {
	const dir = "target/dependency"
	named := strings.Contains(p.Line, dir) || slices.ContainsFunc(p.Command, func(word string) bool { return strings.Contains(word, dir) })
	if a.tool != toolMaven || !named || language.Exists(a.at(dir)) {
		return nil
	}
	a.Log.Line("copying dependencies into %s, which the start command of %s names", dir, p.Type)
	return a.copyDependencies(ctx, "target/app.jar", dir)
}

// stageNamed stages what a start command names, where the build made it: a folder, an archive with what it needs, or a file.
func (a *app) stageNamed(ctx context.Context, st *stage, name string) error {
	info, err := a.root.Stat(name)
	if err != nil || !a.isOutput(name) {
		return nil // a file that stays where it is
	}
	if info.IsDir() {
		if !strings.HasSuffix(name, "/dependency") && !strings.HasSuffix(name, "/lib") {
			st.appClasses = append(st.appClasses, path.Join(st.app.Name(), name))
		}
		return st.tree(name, func(n string) bool { return st.own[path.Base(n)] })
	}
	if _, err := st.app.Lstat(name); err == nil {
		return nil // it is the program that was found
	}
	if ext := path.Ext(name); ext != ".jar" && ext != ".war" {
		return st.copy(name, st.app)
	}
	one, err := readArchive(a.root, name)
	if err != nil {
		return err
	}
	if one.Kind != library && one.Kind != war {
		return a.stageProgram(ctx, st, one)
	}
	return st.file(name, func(n string) bool { return st.own[path.Base(n)] })
}

// isOutput tells whether a path is of what the tools write, which is removed from the app's folder.
func (a *app) isOutput(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "target" && a.tool == toolMaven || part == "build" && a.tool == toolGradle {
			return true
		}
	}
	return a.tool == toolNone && strings.HasSuffix(name, ".jar")
}

// mentioned are the files and folders that a start command names, patterns replaced.
func (a *app) mentioned(p language.Process, search *language.Search) (all []string, err error) {
	texts := p.Command
	if p.Line != "" {
		line, err := command.Parse(p.Line)
		if err != nil {
			return nil, nil // it is told where processes are made
		}
		for _, s := range line {
			for _, w := range s.Call().Words {
				texts = append(texts, pattern(w))
			}
		}
	}
	for _, text := range texts {
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ':' || r == '=' }) {
			if part == anything {
				continue // "$JAVA_OPTS" names no file
			}
			part = strings.ReplaceAll(part, anything, "*")
			part = strings.TrimPrefix(strings.TrimPrefix(part, a.Dir+"/"), "./")
			if dir, ok := strings.CutSuffix(part, "/*"); ok {
				part = dir // a class path's own pattern
			}
			if part = path.Clean(part); !fs.ValidPath(part) {
				continue
			}
			found, err := search.Find(part)
			if err != nil && !errors.Is(err, doublestar.ErrBadPattern) {
				return nil, fmt.Errorf("cannot find what the start command of %s names: %s: %w", p.Type, language.Clip(part), err)
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// anything stands for the value of a variable.
const anything = "\x00"

// pattern is a word as a pattern of files.
func pattern(w command.Word) string {
	var b strings.Builder
	for _, piece := range w {
		if piece.Var != "" {
			b.WriteString(anything)
			continue
		}
		b.WriteString(piece.Text)
	}
	return b.String()
}
