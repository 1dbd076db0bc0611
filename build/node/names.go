package node

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// Node.js strips the types of TypeScript's files, and does no more of what a compiler does: "import './api'" means a file of just that
// name to it, and never api.ts.

// checkNames tells of a file of TypeScript's that a line has Node.js run, and that imports another one, or has it imported, by less than
// its name: that ends the program as soon as it starts.
func (a *app) checkNames(line command.Line) error {
	file := a.strippedStart(line)
	if file == "" {
		return nil
	}
	files := []string{file}
	for i := 0; i < len(files) && i < maxImports; i++ {
		text, _, err := language.ReadText(a.project, files[i])
		if err != nil {
			continue
		}
		for _, m := range importsIn(text) {
			if !strings.HasPrefix(m[1], ".") || strings.Contains(m[0], "require") {
				continue
			}
			to := path.Join(path.Dir(files[i]), m[1])
			if meant := a.typeScriptOf(to); meant != "" && meant != to {
				return shortName(file, files[i], m[1], meant)
			} else if meant != "" && !slices.Contains(files, meant) {
				files = append(files, meant)
			}
		}
	}
	return nil
}

// checkNamesOf is checkNames of what the build left.
func (a *app) checkNamesOf(o outcome) error {
	for _, p := range o.processes {
		line, err := command.Of(p.Line, p.Command)
		if err != nil {
			continue // the image would not start it: that is told later
		}
		if err := a.checkNames(line); err != nil {
			return err
		}
	}
	return nil
}

// strippedStart is the file of TypeScript's that a line of one command has Node.js run by itself; empty where there is none, or where an
// option has another one find files.
func (a *app) strippedStart(line command.Line) string {
	if len(line) != 1 || len(line[0].Assign) > 0 || a.Env["NODE_OPTIONS"] != "" || a.manager.pnp(a.top) {
		return ""
	}
	words := line[0].Call().Words
	program, file := script(words)
	if program != "node" || !strings.HasSuffix(file, ".ts") || command.Plain(words)[1] != file {
		return ""
	}
	rel, err := filepath.Rel(a.Root, filepath.Join(a.Dir, file))
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// typeScriptOf is the file of TypeScript's that a compiler finds by a path; empty where there is none, and where the path has a file of
// another kind.
func (a *app) typeScriptOf(name string) string {
	isFile := func(file string) bool {
		info, err := fs.Stat(a.project, file)
		return err == nil && info.Mode().IsRegular()
	}
	switch {
	case isFile(name) && strings.HasSuffix(name, "ts"):
		return name
	case isFile(name):
		return ""
	}
	for _, ending := range []string{".ts", ".tsx", "/index.ts", "/index.tsx"} {
		if isFile(name + ending) {
			return name + ending
		}
	}
	stem, compiled := strings.CutSuffix(name, ".js")
	if compiled && isFile(stem+".ts") {
		return stem + ".ts"
	}
	return ""
}

// shortName is the problem of a file that imports another one by less than its name. start is the file that Node.js is given.
func shortName(start, file, imports, meant string) error {
	return &language.Problem{
		What:     "Node.js cannot run " + file + " as it is: it does not find " + imports,
		Evidence: []string{file + " imports " + imports + ", and there is " + meant, "Node.js strips types, and finds files by their whole names alone"},
		Next:     `Compile it by a script "build" (tsc, tsup, esbuild), or add tsx to dependencies and a script "start" with tsx ` + start + ".",
	}
}
