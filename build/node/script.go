package node

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// A start command of a JavaScript app most often names a script of package.json, which a package manager would run by a
// shell: neither is in the image. So inline puts the scripts' own commands in their place, and programs (program.go)
// finds the files that node_modules/.bin names.

// maxDepth bounds how deep scripts may stand in each other, maxScripts how many of them in a line, and maxInlined how many are read
// for one line in all: those that npm runs before others may be read and left out.
const (
	maxDepth   = 12
	maxScripts = 60
	maxInlined = 1000
)

// errEndless is told once, not for every script on the way to it.
var errEndless = errors.New("scripts call each other without end")

// inline replaces every call of a package manager in a line by what it would run. dir is the folder where the line runs.
func (a *app) inline(text, dir string) (command.Line, error) {
	line, err := command.Parse(text)
	if err != nil {
		return nil, err
	}
	if line, err = line.Unwrap(); err != nil {
		return nil, err
	}
	if a.depth++; a.depth == 1 {
		a.inlined = 0
	}
	defer func() { a.depth-- }()
	if a.inlined++; a.inlined > maxInlined {
		return nil, errEndless
	}
	for n, i := 0, 0; i < len(line); {
		if n++; n > maxScripts || a.depth > maxDepth {
			return nil, errEndless
		}
		words := line[i].Call().Words
		if to, ok := cd(line[i]); ok {
			dir = filepath.Join(dir, to)
		}
		if len(words) == 0 {
			i++
			continue
		}
		c, err := a.call(words, dir)
		if err != nil {
			return nil, err
		}
		switch {
		case c.line != nil:
			if line, err = line.Replace(i, c.line); err != nil {
				return nil, err
			}
		case c.words != nil:
			line = slices.Clone(line)
			line[i] = line[i].Replace(c.words)
			line[i].Assign = append(slices.Clone(line[i].Assign), c.assign...)
		default:
			i++
		}
	}
	return line, nil
}

// cd tells where a command changes to.
func cd(s command.Simple) (string, bool) {
	if len(s.Words) != 2 {
		return "", false
	}
	texts := command.Plain(s.Words)
	return texts[1], texts[0] == "cd" && !filepath.IsAbs(texts[1])
}

// call is what stands for a call of a package manager: other words, or a whole line; neither where it is none.
type call struct {
	assign []command.Assign
	words  []command.Word
	line   command.Line
}

// call reads the call of a package manager, or of a program that only sets variables.
func (a *app) call(words []command.Word, dir string) (call, error) {
	args := command.Plain(words)
	switch name := path.Base(args[0]); name {
	case "npm", "yarn", "pnpm", "bun":
		if c := a.unwatched(words, args); name == "bun" && c.words != nil {
			return c, nil
		}
		return a.managerCall(name, words[1:], args[1:], dir)
	case "npx", "pnpx", "bunx":
		return execCall(words[1:], args[1:])
	case "cross-env", "cross-env-shell":
		return crossEnv(words[1:]), nil
	case "nodemon", "node-dev", "supervisor":
		return a.watcher(name, words[1:], args[1:], dir)
	case "pm2", "pm2-runtime":
		return a.pm2(name, words[1:], args[1:], dir)
	case "nodejs":
		return call{words: append([]command.Word{command.Text("node")}, words[1:]...)}, nil
	case "node", "tsx":
		return a.unwatched(words, args), nil
	case "deno":
		if c := a.unwatched(words, args); c.words != nil {
			return c, nil
		}
		return a.denoTask(words[1:], args[1:], dir)
	case "turbo", "lerna":
		return a.turbo(words, args, dir)
	case "npm-run-all", "run-s", "run-p":
		return a.runAll(name, sources(words[1:]), dir)
	case "concurrently":
		return a.concurrently(sources(words[1:]), dir)
	case "wsrun":
		return call{}, fmt.Errorf("%s starts a shell for each of its commands: make each a process of its own in a Procfile", name)
	}
	return call{}, nil
}

// crossEnv reads NAME=value words in front of a command.
func crossEnv(words []command.Word) call {
	var c call
	for len(words) > 1 {
		s := command.Line{{Words: []command.Word{command.Text("env"), words[0], command.Text("x")}}}[0].Call()
		if len(s.Assign) != 1 {
			break
		}
		c.assign, words = append(c.assign, s.Assign...), words[1:]
	}
	c.words = words
	return c
}

// folderAt is the nearest folder upwards that has a package.json; the folder itself where none has.
func (a *app) folderAt(dir string) (folder, error) {
	for at := dir; ; at = filepath.Dir(at) {
		rel, err := filepath.Rel(a.Root, at)
		if err != nil || rel != "." && !filepath.IsLocal(rel) {
			return folder{dir: dir, rel: ".", files: a.own.files}, nil
		}
		files, err := fs.Sub(a.project, filepath.ToSlash(rel))
		if err != nil {
			return folder{}, err
		}
		f, err := openFolder(at, filepath.ToSlash(rel), files)
		if err != nil || f.manifest.File != "" {
			return f, err
		}
		if at == a.Root {
			return f, nil
		}
	}
}

// scriptCall is the line of a script, with those that npm runs before it, in the folder of its package.json.
func (a *app) scriptCall(r request, dir string) (call, error) {
	script, ok := r.at.manifest.Scripts[r.script]
	if !ok && r.script == "start" && language.FirstFile(r.at.files, "server.js") != "" {
		script, ok = "node server.js", true // npm's own default
	}
	if !ok {
		return call{}, fmt.Errorf("%s has no script %q", r.at.path(orFile(r.at.manifest.File)), r.script)
	}
	line, err := a.inline(a.packageVariables(script, r.at), r.at.dir)
	if err != nil {
		if errors.Is(err, errEndless) && a.depth > 1 {
			return call{}, err
		}
		return call{}, fmt.Errorf("script %q (%s): %w", r.script, script, err)
	}
	if len(r.extra) > 0 {
		line = slices.Clone(line)
		last := &line[len(line)-1]
		last.Words = append(slices.Clone(last.Words), r.extra...)
	}
	if before := r.at.manifest.Scripts["pre"+r.script]; before != "" && !a.manager.berry {
		pre, err := a.before(r, before)
		if err != nil {
			return call{}, err
		}
		if len(pre) > 0 {
			line = slices.Clone(line)
			line[0].Join = command.And
			line = append(pre, line...)
		}
	}
	if r.at.dir != dir {
		to, err := filepath.Rel(dir, r.at.dir)
		if err != nil {
			return call{}, err
		}
		line = slices.Clone(line)
		line[0].Join = command.And
		line = append(command.Line{{Join: command.Then, Words: []command.Word{command.Text("cd"), command.Text(to)}}}, line...)
	}
	return call{line: line}, nil
}

func orFile(name string) string {
	if name == "" {
		return "package.json"
	}
	return name
}

// before is the line of a script that npm runs before another ("prestart"). One that builds ran with the build.
func (a *app) before(r request, script string) (command.Line, error) {
	line, err := a.inline(script, r.at.dir)
	if err != nil {
		return nil, fmt.Errorf("script %q (%s), which npm runs before %s: %w", "pre"+r.script, script, r.script, err)
	}
	for _, s := range line {
		if !a.building && builds(command.Plain(s.Call().Words)) {
			a.note("pre" + r.script + " builds; it ran with the build, and does not run when the app starts")
			return nil, nil
		}
	}
	return line, nil
}

// builds tells whether a command is one of a build, not of a start.
func builds(args []string) bool {
	if len(args) == 0 {
		return false
	}
	switch name := path.Base(args[0]); name {
	case "tsc", "webpack", "rollup", "esbuild", "tsup", "babel", "swc", "rimraf", "gulp", "grunt", "eslint", "sass", "postcss", "tailwindcss", "unbuild", "ncc":
		return true
	}
	if len(args) < 2 || path.Base(args[0]) == "node" {
		return false // "node build" runs a folder
	}
	what := args[1]
	return what == "build" || strings.HasPrefix(what, "build:") || strings.HasSuffix(what, ":build") || args[0] == "prisma" && what == "generate"
}

// note tells something once, after the packages were listed.
func (a *app) note(text string) {
	if !slices.Contains(a.notes, text) {
		a.notes = append(a.notes, text)
	}
}

// packageVariables replaces the variables by which npm shows package.json to scripts.
func (a *app) packageVariables(script string, f folder) string {
	for name, value := range map[string]string{"npm_package_name": string(f.manifest.Name), "npm_package_version": string(f.manifest.Version)} {
		script = strings.ReplaceAll(script, "${"+name+"}", value)
		script = strings.ReplaceAll(script, "$"+name, value)
	}
	return script
}
