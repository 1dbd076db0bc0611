package node

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// What a program imports first of all, and what is not there, ends it as soon as it starts. Only what stands at the beginning of
// a line counts: a function or a condition may never come to what it imports.
var (
	imported     = regexp.MustCompile(`(?m)^(?:(?:const|let|var)\s+[\w$\s{},:]+=\s*require\(\s*|require\(\s*|(?:import|export)\s+(?:[\w$\s{},*]+\sfrom\s+)?)["']([^"'\n]+)["']`)
	blockComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	packageName  = regexp.MustCompile(`^(?:@[\w-][\w.-]*/)?[\w-][\w.-]*`)
)

// builtin are the modules of Node.js itself that need no "node:" in front.
var builtin = strings.Fields(`assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events
	fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys
	timers tls trace_events tty url util v8 vm wasi worker_threads zlib`)

// importedModule is a package that a file imports.
type importedModule struct{ file, name string }

// maxImports bounds how many files of an app are read for what they import.
const maxImports = 200

// imports are the packages that the files import which a line has Node.js run, and the files of the app that these import, each
// once. Where something else may find them, there are none.
func (a *app) imports(line command.Line) []importedModule {
	if a.Env["NODE_PATH"] != "" || a.manager.pnp(a.top) || a.findsElsewhere() {
		return nil
	}
	var all []importedModule
	dir := a.Dir
	for _, s := range line {
		if to, ok := cd(s); ok {
			dir = filepath.Join(dir, to)
		}
		words := s.Call().Words
		program, file := script(words)
		// An option such as --import may bring what finds modules elsewhere.
		if program != "node" || file == "" || len(words) < 2 || command.Plain(words)[1] != file {
			continue
		}
		if rel, err := filepath.Rel(a.Root, filepath.Join(dir, file)); err == nil && filepath.IsLocal(rel) {
			all = append(all, a.importsOf(filepath.ToSlash(rel))...)
		}
	}
	return all
}

// lacking are those of the imports of a line that are not installed.
func (a *app) lacking(line command.Line) []importedModule {
	return slices.DeleteFunc(a.imports(line), func(m importedModule) bool { return a.hasModule(path.Dir(m.file), m.name) })
}

// findsElsewhere tells whether the app has a package that gives modules other names.
func (a *app) findsElsewhere() bool {
	return slices.ContainsFunc([]string{"module-alias", "app-module-path", "tsconfig-paths", "babel-register", "@babel/register"}, a.own.manifest.needs)
}

// importsOf reads a file, and those that it imports of the app. Names are below the project's folder.
func (a *app) importsOf(start string) []importedModule {
	var all []importedModule
	var told []string
	files := []string{a.fileOf(start)}
	for i := 0; i < len(files) && i < maxImports; i++ {
		text, _, err := language.ReadText(a.project, files[i])
		if err != nil || files[i] == "" {
			continue
		}
		for _, m := range importsIn(text) {
			if strings.HasPrefix(m[1], ".") {
				if file := a.fileOf(path.Join(path.Dir(files[i]), m[1])); file != "" && !slices.Contains(files, file) {
					files = append(files, file)
				}
				continue
			}
			name := packageName.FindString(m[1])
			if name != "" && !strings.Contains(m[1], ":") && !slices.Contains(builtin, name) && !slices.Contains(told, name) {
				told = append(told, name)
				all = append(all, importedModule{files[i], name})
			}
		}
	}
	return all
}

// typesOnly matches imports of types, which are stripped with them.
var typesOnly = regexp.MustCompile(`(?m)^(?:import|export)\s+type\s+[\w$\s{},*]+\sfrom\s+["'][^"'\n]+["']`)

// importsIn are the matches of imported in a file's text.
func importsIn(text string) [][]string {
	return imported.FindAllStringSubmatch(typesOnly.ReplaceAllString(blockComment.ReplaceAllString(text, ""), ""), -1)
}

// fileOf is the file that Node.js runs by a path, or an empty text.
func (a *app) fileOf(name string) string {
	for _, ext := range []string{"", ".js", ".mjs", ".cjs", "/index.js"} {
		file := name + ext
		if info, err := fs.Stat(a.project, file); err == nil && info.Mode().IsRegular() && slices.Contains(sourceEndings, path.Ext(file)) {
			return file
		}
	}
	return ""
}

// hasModule tells whether a package is found from a folder below the project's: in its own node_modules, in those above, or it is
// the app itself.
func (a *app) hasModule(dir, name string) bool {
	if slices.ContainsFunc(a.all(), func(f folder) bool { return string(f.manifest.Name) == name }) {
		return true
	}
	for at := filepath.Join(a.Root, dir); strings.HasPrefix(at+"/", a.Root+"/"); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "node_modules", name)); err == nil {
			return true
		}
	}
	return false
}

// checkUnlisted tells of an app that needs packages and has no package.json that lists them, before anything is downloaded.
func (a *app) checkUnlisted(line command.Line) error {
	if a.manifests() || a.isDeno() || a.usesBun() {
		return nil
	}
	var names, evidence []string
	for _, l := range a.lacking(line) {
		names, evidence = append(names, l.name), append(evidence, l.file+" imports "+l.name)
	}
	if len(names) == 0 {
		return nil
	}
	if folder := a.listedIn(a.lacking(line)[0].file); folder != "" {
		return &language.Problem{
			What:     "the app's packages are listed in " + path.Join(folder, "package.json") + " alone, and the app is the folder above",
			Evidence: evidence,
			Next:     "Name that folder as the app's by BP_WHITTLE_APP=" + folder + ", with a start command for it.",
		}
	}
	return &language.Problem{
		What:     "nothing lists the app's packages",
		Evidence: append(evidence, "looked for: package.json"),
		Next:     "Run `npm init -y` and `npm install " + strings.Join(names, " ") + "` in the app's folder, and leave package.json and package-lock.json in what is uploaded.",
	}
}

// listedIn is the nearest folder of a file that has a package.json; empty for none.
func (a *app) listedIn(file string) string {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if _, err := fs.Stat(a.project, path.Join(dir, "package.json")); err == nil {
			return dir
		}
	}
	return ""
}

// developmentImport is a development package that the app's processes import; installed tells whether those packages are. It is
// empty where there is none.
func (a *app) developmentImport(o outcome, installed bool) string {
	for _, p := range o.processes {
		line, err := command.Of(p.Line, p.Command)
		if err != nil {
			continue // the image would not start it: that is told later
		}
		found := a.lacking(line)
		if installed {
			found = a.imports(line)
		}
		for _, m := range found {
			if slices.ContainsFunc(a.folders(), func(f folder) bool { return f.isDevelopment(m.name) }) {
				return m.name
			}
		}
	}
	return ""
}

// isDevelopment tells whether a package is one of development alone.
func (f folder) isDevelopment(name string) bool {
	_, kept := f.manifest.Dependencies[name]
	_, development := f.manifest.DevDependencies[name]
	return development && !kept
}

// warnLacking warns of packages that the app's processes import and that the image has not.
func (a *app) warnLacking(o outcome) {
	for _, p := range o.processes {
		line, err := command.Of(p.Line, p.Command)
		if err != nil {
			continue // the image would not start it: that is told later
		}
		for _, m := range a.lacking(line) {
			a.Log.Warn("%s imports %s, and no installed package is that: add it to dependencies in package.json", m.file, m.name)
		}
	}
}
