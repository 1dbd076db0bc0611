package node

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	spelling "whittle.dev/whittle/internal/text"
)

// A start command that has Node.js run a file which the app does not have, and which nothing makes, fails whenever it is run.
// That is told before anything is downloaded.

// installScripts are the scripts of package.json that an installation runs, and that may make files.
var installScripts = []string{"preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"}

// makesFiles tells whether anything makes files of the app before it starts.
func (a *app) makesFiles() bool {
	return a.buildsSomething() || a.own.manifest.Scripts[scriptPrebuild] != "" || slices.ContainsFunc(a.all(), func(f folder) bool {
		return slices.ContainsFunc(installScripts, func(name string) bool { return f.manifest.Scripts[name] != "" })
	})
}

// checkFiles finds the file of a process that is not there.
func (a *app) checkFiles(kind, why, written string, line command.Line) error {
	if a.makesFiles() {
		return nil
	}
	program, file, at := a.missingFile(line)
	if file == "" {
		return nil
	}
	return &language.Problem{
		What:     "the process " + kind + " cannot start: " + program + " is to run " + language.Clip(file) + ", which is not in the app's folder",
		Evidence: []string{why + ": " + written},
		Next:     a.whereFile(file, at),
	}
}

// checkTypes tells of a configuration of TypeScript's compiler that extends one outside the project: the build runs that compiler, and
// nothing can bring the file.
func (a *app) checkTypes() error {
	const config = "tsconfig.json"
	extended := a.configValue(`(?m)^[^/\n]*"extends"\s*:\s*"(\.\./[^"\n]+)"`, config)
	if extended == "" || filepath.IsLocal(filepath.Join(a.own.rel, extended)) || !a.compilesTypes() {
		return nil
	}
	return &language.Problem{
		What:     a.own.path(config) + " extends a file that is not in the project",
		Evidence: []string{"extends: " + language.Clip(extended)},
		Next:     "Build the folder that has both, and name the app's by BP_WHITTLE_APP, or write into " + config + " what the other one says.",
	}
}

// compilesTypes tells whether a script that the build runs is TypeScript's compiler, which neither names files nor another configuration.
func (a *app) compilesTypes() bool {
	for _, name := range slices.Concat(a.buildScripts(), installScripts) {
		line, err := a.inline(a.own.manifest.Scripts[name], a.Dir)
		if err == nil && slices.ContainsFunc(line, func(s command.Simple) bool {
			args := command.Plain(s.Call().Words)
			return len(args) > 0 && path.Base(args[0]) == "tsc" && !slices.ContainsFunc(args[1:], func(arg string) bool {
				return !strings.HasPrefix(arg, "-") || slices.Contains([]string{"-p", "--project", "-b", "--build"}, arg)
			})
		}) {
			return true
		}
	}
	return false
}

// makers are the scripts that may make the file that starts, where that is not there and no script is called "build": those that
// compile, as "tsc" does, and end: they neither watch nor start the app.
func (a *app) makers() []string {
	missing := slices.ContainsFunc(a.startTexts(), func(text string) bool {
		line, err := a.inline(text, a.Dir)
		if err != nil {
			return false // checkStart tells it
		}
		lead, _ := splitBuild(line)
		_, file, _ := a.missingFile(line)
		return len(lead) == 0 && file != ""
	})
	if !missing || a.prestartBuilds() {
		return nil
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(map[string]string(a.own.manifest.Scripts))) {
		line, err := command.Parse(a.own.manifest.Scripts[name])
		if err == nil && slices.ContainsFunc(line, compiles) && !slices.ContainsFunc(line, watches) && !slices.ContainsFunc(line, a.starts) {
			all = append(all, name)
		}
	}
	return all
}

// compiles tells whether a command makes JavaScript of something else, by a compiler's own name.
func compiles(s command.Simple) bool {
	args := command.Plain(s.Call().Words)
	return len(args) > 0 && slices.Contains([]string{"tsc", "webpack", "rollup", "esbuild", "tsup", "babel", "swc", "unbuild", "ncc"}, args[0]) && !slices.Contains(args, "--noEmit")
}

// starts tells whether a command runs the app: by a script or a program that does so, or by a file that is not there before the build.
func (a *app) starts(s command.Simple) bool {
	args := command.Plain(s.Call().Words)
	if len(args) == 0 {
		return false
	}
	switch args[0] {
	case "npm", "yarn", "pnpm", "bun":
		return slices.Contains(args, "start")
	case "nodemon", "node-dev", "supervisor", "pm2", "pm2-runtime":
		return true
	case "node":
		if args[len(args)-1] == "." {
			return true
		}
	}
	_, file, _ := a.missingFile(command.Line{s})
	return file != ""
}

// whereFile says how a file that is not there comes into the app. at is where it is looked for, below the project's folder.
func (a *app) whereFile(file, at string) string {
	if makers := a.makers(); len(makers) > 0 {
		return "If one of the scripts " + language.List(makers) + " makes it, call it build, or set BP_NODE_RUN_SCRIPTS=" + makers[0] + "."
	}
	if folder := language.Submodule(a.project, at); folder != "" {
		return language.FetchSubmodule(folder)
	}
	next := "Correct the name, or leave the file in what is uploaded."
	var all []string
	for _, pattern := range []string{"*.*", "*/*.*"} {
		if found, err := fs.Glob(a.own.files, pattern); err == nil {
			all = append(all, found...)
		}
	}
	if nearest, ok := spelling.Near(file, all); ok {
		return "Is " + language.Clip(nearest) + " meant? " + next
	}
	return next
}

// missingFile is the first file that a line has Node.js, or a program that compiles for it, run and that is not there: the
// program, the file as it is written, and where it is looked for below the project's folder. The file is empty where there is
// none. Behind a command that may make it, nothing is known.
func (a *app) missingFile(line command.Line) (program, file, at string) {
	dir := a.Dir
	if slices.ContainsFunc(line, func(s command.Simple) bool { return s.Join == command.Or }) {
		return "", "", ""
	}
	for _, s := range line {
		if to, ok := cd(s); ok {
			dir = filepath.Join(dir, to)
			continue
		}
		words := s.Call().Words
		if len(words) == 0 && makesNothing(s) {
			continue
		}
		program, file = script(words)
		if file == "" {
			return "", "", ""
		}
		rel, err := filepath.Rel(a.Root, filepath.Join(dir, file))
		if err != nil || !filepath.IsLocal(rel) || strings.Contains("/"+filepath.ToSlash(rel)+"/", "/node_modules/") {
			return "", "", ""
		}
		if at = filepath.ToSlash(rel); a.lacks(at, program) {
			return program, file, at
		}
		break // what runs may make the file of the next one
	}
	return "", "", ""
}

// makesNothing tells of a builtin whether it leaves the files as they are.
func makesNothing(s command.Simple) bool {
	name := slices.Concat(command.Plain(s.Words), []string{""})[0]
	return len(s.Redirects) == 0 && name != "mkdir" && name != "render" && name != "cd"
}

// moved is a line whose one file the build left in its output folder alone. A folder with a package.json of its own is what the start
// script is meant for ("node bin/server.js" of AdonisJS): the line runs there.
func (a *app) moved(line command.Line) command.Line {
	_, file, _ := a.missingFile(line)
	if file == "" || len(line) != 1 || len(a.buildScripts()) == 0 {
		return line
	}
	for _, dir := range a.compilerOutputs() {
		to := path.Join(dir, file)
		if !a.has(to) {
			continue
		}
		a.note("script start runs " + file + ", which the build left in " + dir)
		if a.has(path.Join(dir, "package.json")) {
			line = slices.Clone(line)
			line[0].Join = command.And
			return append(command.Line{{Join: command.Then, Words: []command.Word{command.Text("cd"), command.Text(dir)}}}, line...)
		}
		words := slices.Clone(line[0].Call().Words)
		for i, w := range words {
			if text, ok := w.Literal(); ok && text == file {
				words[i] = command.Text(to)
			}
		}
		return command.Line{line[0].Replace(words)}
	}
	return line
}

// compilers are programs that compile what Node.js then runs: they take TypeScript's files by the names that JavaScript's have.
var compilers = []string{"tsx", "ts-node", "babel-node"}

// lacks tells whether a file is not there by any name under which a program finds it.
func (a *app) lacks(file, program string) bool {
	names := []string{file}
	for _, ext := range []string{".js", ".mjs", ".cjs", ".json", ".node", ".ts", ".tsx", ".coffee"} { // the last three where -r loads a compiler
		names = append(names, file+ext)
	}
	if slices.Contains(compilers, program) {
		stem := strings.TrimSuffix(file, path.Ext(file))
		for _, ext := range []string{".ts", ".tsx", ".mts", ".cts", ".jsx"} {
			names = append(names, file+ext, stem+ext)
		}
	}
	return !slices.ContainsFunc(names, func(name string) bool {
		_, err := fs.Stat(a.project, name)
		return !errors.Is(err, fs.ErrNotExist)
	})
}

// valuedOptions are options of Node.js that take the next word.
var valuedOptions = []string{
	"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file", "--env-file-if-exists",
	"--experimental-specifier-resolution", "--experimental-default-type", "--experimental-config-file",
	"--trace-event-categories", "--trace-event-file-pattern", "--use-largepages",
}

// script is the file that Node.js, or a program that compiles for it, is given to run, as it is written; empty where that is not
// certain.
func script(words []command.Word) (program, file string) {
	if len(words) > 0 {
		program = command.Plain(words[:1])[0]
	}
	if program != "node" && !slices.Contains(compilers, program) {
		return program, ""
	}
	for i := 1; i < len(words); i++ {
		arg, ok := words[i].Literal()
		switch {
		case !ok || arg == "" || arg == "-" || arg == "--":
			return program, ""
		case slices.Contains(valuedOptions, arg):
			i++
		case strings.HasPrefix(arg, "--") && (strings.Contains(arg, "=") || program == "node" && takesNone(arg)):
		case strings.HasPrefix(arg, "-"), filepath.IsAbs(arg):
			return program, ""
		case program == "tsx" && arg == "watch":
		default:
			return program, arg
		}
	}
	return program, ""
}

// takesNone tells whether an option of Node.js is one of those that take no value, as far as starts of apps have them.
func takesNone(option string) bool {
	return slices.ContainsFunc([]string{"--experimental-", "--harmony", "--no-", "--trace-", "--enable-source-maps", "--expose", "--use"}, func(p string) bool { return strings.HasPrefix(option, p) })
}
