package node

import (
	"cmp"
	"context"
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

// start decides how the app starts, after it was built: by the user's processes, else by what package.json and the files say.
func (a *app) start(ctx context.Context) (outcome, error) {
	o := outcome{used: map[string]bool{}}
	if len(a.Processes) == 0 {
		err := a.startByConvention(ctx, &o)
		return o, err
	}
	for _, p := range a.Processes {
		if err := a.addProcess(ctx, &o, p); err != nil {
			return o, err
		}
	}
	return o, nil
}

// startByConvention takes the script start unless it is a development server, the framework's own server, its static output, main, a
// file of a common name: the first that there is.
func (a *app) startByConvention(ctx context.Context, o *outcome) error {
	f, framed := a.framework()
	script := "script start in " + a.own.manifest.File
	var left command.Line // a start script in whose place something else is looked for
	if text, ok := a.own.manifest.Scripts["start"]; ok {
		line, err := a.startLine()
		if err != nil {
			return needsShell("web", "script start", text, err)
		}
		if a.serves(line, f) {
			return a.addWeb(ctx, o, a.moved(line).String(), script)
		}
		a.Log.Line("script start (%s) is for development; what the build left is served", text)
		left = line
	}
	if framed && f.server != nil {
		if line, why := f.server(a); line != "" {
			return a.addWeb(ctx, o, line, why)
		}
	}
	file := a.startFile()
	if framed || file == "" || left != nil || len(a.buildScripts()) > 0 && !a.has(file) {
		s, err := a.findSite(f)
		if o.site = s; err != nil || s != nil {
			return err
		}
	}
	if a.onlyLikely(left) {
		return a.addWeb(ctx, o, left.String(), script)
	}
	if file = a.fileAfterBuild(file); file != "" {
		return a.startByFile(ctx, o, file)
	}
	inside, started, err := a.startMember(ctx)
	if started {
		*o = inside
	}
	if started || err != nil {
		return err
	}
	return a.noStart("the build left nothing that starts", append([]string{"looked for: " + strings.Join(a.outputs(f), ", ") + " with an index.html"}, looked...))
}

// fileAfterBuild is the file that starts in place of one by its name or by main: what a build made of it.
func (a *app) fileAfterBuild(file string) string {
	switch {
	case file == "" || !a.has(file):
		return a.builtFile()
	case len(a.buildScripts()) > 0 && !a.prefersBun():
		return a.compiled(file)
	}
	return file
}

// startByFile has the app start by one file.
func (a *app) startByFile(ctx context.Context, o *outcome, file string) error {
	if err := a.checkServed(file); err != nil {
		return err
	}
	line, err := a.runFile(file)
	if err != nil {
		return err
	}
	return a.addWeb(ctx, o, line, file)
}

// addWeb adds the process web.
func (a *app) addWeb(ctx context.Context, o *outcome, line, why string) error {
	return a.addProcess(ctx, o, language.Process{Type: "web", Line: line, Why: why})
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
	v := a.engines[i].release.Semver
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
