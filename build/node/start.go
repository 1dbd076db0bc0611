package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/pages"
)

// outcome is how the app starts.
type outcome struct {
	processes []language.Process
	used      map[string]bool // runtimes
	site      *pages.Site     // where a web server serves files
	contained string          // the folder in which the build left the app with the modules that it needs, or empty
}

// looked is where a start command is looked for, for the error where there is none.
var looked = []string{
	"script start in package.json, what a framework's build leaves, main in package.json",
	strings.Join(startFiles, ", ") + ", index.html",
}

// startFiles are files by which apps are commonly started, in the order they are looked for.
var startFiles = func() []string {
	var all []string
	for _, ext := range sourceEndings {
		for _, name := range []string{"server", "index", "app", "main"} {
			all = append(all, name+ext)
		}
	}
	return all
}()

// startFilesBelow are the same files in the folder src.
var startFilesBelow = func() []string {
	var all []string
	for _, f := range startFiles {
		all = append(all, "src/"+f)
	}
	return all
}()

// checkStart finds what is wrong with the start command before anything is downloaded.
func (a *app) checkStart() error {
	for _, p := range a.Processes {
		line, err := a.inline(written(p), a.Dir)
		if err != nil {
			return needsShell(p.Type, p.Why, written(p), err)
		}
		if err := a.checkFiles(p.Type, p.Why, written(p), line); err != nil {
			return err
		}
		if err := a.checkImports(line); err != nil {
			return err
		}
	}
	if len(a.Processes) > 0 {
		return nil
	}
	if script, ok := a.own.manifest.Scripts["start"]; ok {
		why := "script start in " + orFile(a.own.manifest.File)
		line, err := a.startLine()
		if err != nil {
			return needsShell("web", why, script, err)
		}
		if err := a.checkFiles("web", why, script, line); err != nil {
			return err
		}
		if slices.ContainsFunc(line, func(s command.Simple) bool { return isDevServer(command.Plain(s.Call().Words)) }) {
			if err := a.checkNx(); err != nil {
				return err
			}
		}
		return a.checkImports(line)
	}
	if err := a.checkNx(); err != nil {
		return err
	}
	_, framed := a.framework()
	file := a.startFile()
	member := a.own.dir == a.top.dir && len(candidates(a.members)) == 1
	if err := a.checkWorker(file); err != nil && !framed && !a.isStatic() && !a.isDeno() && len(a.buildScripts()) == 0 && (file != "" || !member) {
		return err
	}
	if file != "" && !a.isStatic() {
		if err := a.checkImports(command.Literal([]string{"node", file})); err != nil {
			return err
		}
	}
	if file != "" && !framed && !a.isStatic() && !a.isDeno() && !a.makesFiles() {
		if err := a.checkServed(file); err != nil {
			return err
		}
	}
	if framed || file != "" || a.isStatic() || a.isDeno() || member {
		return nil
	}
	if len(a.buildScripts()) > 0 && len(candidates(a.members)) < 2 { // what it leaves may start
		return nil
	}
	return a.noStart("nothing says how the app starts", append([]string{"looked for: BP_WHITTLE_START, processes in project.toml, Procfile"}, looked...))
}

// checkImports finds what the file that a line has Node.js run imports, and what nothing makes.
func (a *app) checkImports(line command.Line) error {
	if err := a.checkUnlisted(line); err != nil || a.makesFiles() || a.usesBun() || a.isDeno() {
		return err
	}
	return a.checkNames(line)
}

// noStart is the problem of an app that nothing starts.
func (a *app) noStart(what string, evidence []string) error {
	if main := string(a.own.manifest.Main); main != "" && !a.has(path.Clean(main)) {
		evidence = append([]string{"main in " + a.own.manifest.File + ": " + language.Clip(main) + ", which is not in the app's folder"}, evidence...)
	}
	p := &language.Problem{
		What:     what,
		Evidence: evidence,
		Next:     `Add a script "start" to package.json, or a Procfile with one line, such as "web: node server.js".`,
	}
	if listening := a.listening(); len(listening) > 0 {
		p.Evidence = append(p.Evidence, "files that may be the app, as they listen: "+strings.Join(listening, ", "))
		p.Next = fmt.Sprintf("Add a script \"start\" to package.json, or a Procfile with one line, such as \"web: %s %s\".", a.runner(), listening[0])
	}
	apps, are := candidates(a.members), "members of the workspace that may be the app: "
	if len(a.members) == 0 {
		apps, are = candidates(a.below()), "folders that may be the app: "
	}
	if len(apps) > 0 {
		var names []string
		for _, f := range apps {
			names = append(names, f.rel)
		}
		if len(a.members) == 0 && len(names) > 5 {
			names = append(names[:5:5], "…")
		}
		p.Evidence = append(p.Evidence, are+strings.Join(names, ", "))
		if p.Next = "Set BP_WHITTLE_APP to the folder of one of them."; len(names) == 1 {
			p.Next = "Set BP_WHITTLE_APP=" + names[0] + "."
		}
	}
	return p
}

// listening are files of the app, at its top and in src, that listen for connections and have names by which no app is commonly started.
func (a *app) listening() []string {
	var all []string
	for _, pattern := range []string{"*.[jt]s", "*.[cm][jt]s", "src/*.[jt]s", "src/*.[cm][jt]s"} {
		found, err := fs.Glob(a.own.files, pattern)
		if err != nil {
			return nil
		}
		for _, name := range found {
			text, _, err := language.ReadText(a.own.files, name)
			if tool := strings.Count(path.Base(name), ".") > 1; err == nil && !tool && listens.MatchString(text) {
				all = append(all, language.Clip(name))
			}
		}
	}
	return all[:min(len(all), 3)]
}

// runner is the program by which the app's developers run a file: Bun where they have its types.
func (a *app) runner() string {
	if a.own.manifest.needs("@types/bun") || a.own.manifest.needs("bun-types") {
		return "bun"
	}
	return "node"
}

func needsShell(kind, why, text string, err error) error {
	p := &language.Problem{
		What:     "the start command of " + kind + " needs what the image has not",
		Evidence: []string{why + ": " + text, err.Error()},
		Next:     "Name the program itself, such as `node server.js`, in the script or in a Procfile.",
		Err:      err,
	}
	var u *command.Unsupported
	if errors.As(err, &u) && u.Instead != "" {
		p.Next = u.Instead
	}
	return p
}

// start decides how the app starts, after it was built: the user's processes, the script start unless it is a development
// server, the framework's own server, its static output, main, a file of a common name.
func (a *app) start(ctx context.Context) (outcome, error) {
	o := outcome{used: map[string]bool{}}
	if len(a.Processes) > 0 {
		for _, p := range a.Processes {
			if err := a.addProcess(ctx, &o, p); err != nil {
				return o, err
			}
		}
		return o, nil
	}
	f, framed := a.framework()
	var left command.Line // a start script in whose place something else is looked for
	if script, ok := a.own.manifest.Scripts["start"]; ok {
		line, err := a.startLine()
		if err != nil {
			return o, needsShell("web", "script start", script, err)
		}
		if a.serves(line, f) {
			return o, a.addProcess(ctx, &o, language.Process{Type: "web", Line: a.moved(line).String(), Why: "script start in " + a.own.manifest.File})
		}
		a.Log.Line("script start (%s) is for development; what the build left is served", script)
		left = line
	}
	if framed && f.server != nil {
		if line, why := f.server(a); line != "" {
			return o, a.addProcess(ctx, &o, language.Process{Type: "web", Line: line, Why: why})
		}
	}
	file := a.startFile()
	if framed || file == "" || left != nil || len(a.buildScripts()) > 0 && !a.has(file) {
		if s, err := a.findSite(f); err != nil || s != nil {
			o.site = s
			return o, err
		}
	}
	if a.onlyLikely(left) {
		return o, a.addProcess(ctx, &o, language.Process{Type: "web", Line: left.String(), Why: "script start in " + a.own.manifest.File})
	}
	switch {
	case file == "" || !a.has(file):
		file = a.builtFile()
	case len(a.buildScripts()) > 0 && !a.prefersBun():
		file = a.compiled(file)
	}
	if file == "" {
		if o, started, err := a.startMember(ctx); started || err != nil {
			return o, err
		}
		return o, a.noStart("the build left nothing that starts", append([]string{"looked for: " + strings.Join(a.outputs(f), ", ") + " with an index.html"}, looked...))
	}
	if err := a.checkServed(file); err != nil {
		return o, err
	}
	line, err := a.runFile(file)
	if err != nil {
		return o, err
	}
	return o, a.addProcess(ctx, &o, language.Process{Type: "web", Line: line, Why: file})
}

// addProcess turns a process into one that runs in the image.
func (a *app) addProcess(ctx context.Context, o *outcome, p language.Process) error {
	text := written(p)
	line, err := a.inline(text, a.Dir)
	if err != nil {
		return needsShell(p.Type, p.Why, text, err)
	}
	if lead, rest := splitBuild(line); len(lead) > 0 {
		a.note("the start command of " + p.Type + " builds (" + lead.String() + "); that ran with the build, and does not run when the app starts")
		line = rest
	}
	if line, err = a.resolve(ctx, line, o.used); err != nil {
		return err
	}
	switch in := containedIn(line); {
	case len(o.processes) == 0:
		o.contained = in
	case in != o.contained:
		o.contained = ""
	}
	argv, ok := line.Argv()
	if ok {
		p.Line, p.Command = "", argv
	} else {
		p.Line, p.Command = line.String(), nil
	}
	o.processes = append(o.processes, p)
	return nil
}

// written is the line that runs a process.
func written(p language.Process) string { return cmp.Or(p.Line, command.Literal(p.Command).String()) }

// standalone and nitro are folders in which builds leave a server with the modules that it needs.
const (
	standalone = ".next/standalone"
	nitro      = ".output"
)

// containedIn is the folder that has all of the server that a line starts, or an empty text.
func containedIn(line command.Line) string {
	in := ""
	for _, s := range line {
		args := command.Plain(s.Call().Words)
		if len(args) == 0 {
			continue
		}
		folder := ""
		for _, f := range []string{standalone, nitro} {
			if args[0] == "node" && slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(strings.TrimPrefix(arg, "./"), f+"/") }) {
				folder = f
			}
		}
		if folder == "" || in != "" && in != folder {
			return ""
		}
		in = folder
	}
	return in
}

// ofTaskRunner matches the files by which task runners and bundlers build an app: npm init takes one for main where it finds no other.
var ofTaskRunner = regexp.MustCompile(`^(?i:jakefile|gruntfile|gulpfile|(?:webpack|rollup|vite)\.config)(?:\.babel)?\.[cm]?[jt]s$`)

// startFile is main of package.json, or else the first file of a common name. main may name a file without its extension,
// or a folder, or what the build makes.
func (a *app) startFile() string {
	if main := string(a.own.manifest.Main); main != "" && filepath.IsLocal(main) && !ofTaskRunner.MatchString(path.Base(main)) && path.Ext(main) != ".json" {
		for _, name := range []string{main, main + ".js", path.Join(main, "index.js")} {
			if language.FirstFile(a.own.files, path.Clean(name)) != "" {
				return path.Clean(name)
			}
		}
		if len(a.buildScripts()) > 0 {
			return path.Clean(main)
		}
	}
	if module := string(a.own.manifest.Module); module != "" && filepath.IsLocal(module) && language.FirstFile(a.own.files, path.Clean(module)) != "" {
		return path.Clean(module)
	}
	return language.FirstFile(a.own.files, append(slices.Clone(startFiles), startFilesBelow...)...)
}

// runFile is the command that runs one file: TypeScript by the runtime's own type stripping.
func (a *app) runFile(file string) (string, error) {
	runner := "node"
	if a.prefersBun() {
		runner = "bun"
	}
	word := command.Text(file).String()
	if !strings.HasSuffix(file, "ts") || runner == "bun" {
		return runner + " " + word, nil
	}
	i := slices.IndexFunc(a.engines, func(e engine) bool { return e.name == "node" })
	v := a.engines[i].release.semver
	switch {
	case v.Major() > 23 || v.Major() == 23 && v.Minor() >= 6 || v.Major() == 22 && v.Minor() >= 18:
		return "node " + word, nil
	case v.Major() == 23 || v.Major() == 22 && v.Minor() >= 6:
		return "node --experimental-strip-types " + word, nil
	}
	return "", &language.Problem{
		What:     "Node.js " + v.String() + " cannot run " + file,
		Evidence: []string{"it strips types since 22.6"},
		Next:     "Ask for a newer Node.js in engines or BP_NODE_VERSION, or add a build script that compiles it.",
	}
}
