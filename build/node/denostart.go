package node

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// denoFiles are files by which apps for Deno are commonly started.
var denoFiles = []string{"main.ts", "server.ts", "mod.ts", "index.ts", "app.ts", "main.js", "server.js", "index.js", "src/main.ts", "src/index.ts", "src/server.ts"}

// freshServer is what a build of Fresh 2 leaves.
const freshServer = "_fresh/server.js"

// denoStart is the task start, or dev without what watches, where it runs a file of the app, or else the first file of a common name, which
// may listen and read.
func (a *app) denoStart(d denoFile) (language.Process, error) {
	start, err := a.denoTaskLine(d.task("start"))
	if err != nil {
		return language.Process{}, needsShell("web", "task start", d.task("start"), err)
	}
	if file := denoEntry(start); file != "" && !strings.Contains(file, ":") && !a.has(file) {
		return language.Process{}, &language.Problem{
			What:     "the process web cannot start: deno is to run " + language.Clip(file) + ", which is not in the app's folder",
			Evidence: []string{"task start: " + d.task("start")},
			Next:     a.whereFile(file, path.Join(a.own.rel, file)),
		}
	}
	if start != nil {
		return language.Process{Type: "web", Line: a.denoListens(start).String(), Why: "task start"}, nil
	}
	if dev, err := a.denoTaskLine(d.task("dev")); err == nil && dev != nil && a.has(denoEntry(dev)) {
		return language.Process{Type: "web", Line: a.denoListens(dev).String(), Why: "task dev"}, nil
	}
	file, _ := d.Exports.(string)
	if file = path.Clean(file); language.FirstFile(a.own.files, file) == "" {
		file = language.FirstFile(a.own.files, denoFiles...)
	}
	if file == "" {
		return language.Process{}, &language.Problem{
			What:     language.NoStart,
			Evidence: []string{language.LookedFor, "task start or dev and exports in deno.json", strings.Join(denoFiles, ", ")},
			Next:     `Add a task "start" to deno.json, such as "deno run --allow-net main.ts".`,
		}
	}
	line := command.Literal([]string{"deno", "run", "--allow-net", "--allow-env", "--allow-read", file})
	return language.Process{Type: "web", Line: a.denoListens(line).String(), Why: file}, nil
}

// denoTaskLine is what a task runs, where that is a file; nil else. The file by which Fresh 1 is developed stands beside the one that
// serves; what Fresh 2 left goes before both.
func (a *app) denoTaskLine(text string) (command.Line, error) {
	if text == "" || strings.HasPrefix(text, "deno start") {
		return nil, nil
	}
	line, err := a.inline(text, a.Dir)
	if err != nil {
		return nil, err
	}
	file := denoEntry(line)
	served := path.Join(path.Dir(file), "main.ts")
	switch {
	case file == "":
		return nil, nil
	case path.Base(file) != "dev.ts":
		return line, nil
	case a.has(freshServer):
		return command.Literal([]string{"deno", "serve", "-A", freshServer}), nil
	case !a.has(served):
		return line, nil
	}
	a.note(file + " is for development; " + served + " beside it is started")
	line = slices.Clone(line)
	for i, s := range line {
		words := slices.Clone(s.Call().Words)
		if n := slices.Index(command.Plain(words), file); n >= 0 {
			words[n] = command.Text(served)
			line[i] = s.Replace(words[:n+1]) // what follows the file is meant for it
		}
	}
	return line, nil
}

var (
	denoServes = regexp.MustCompile(`\bDeno\.serve\(`)
	namesPort  = regexp.MustCompile(`(?i)\bport\b`)
)

// denoListens has the server of a line listen on PORT, where nothing says on which port it does: "deno serve" without --port, and a file
// that calls Deno.serve once.
func (a *app) denoListens(line command.Line) command.Line {
	file := denoEntry(line)
	out := slices.Clone(line)
	for i, s := range out {
		words := s.Call().Words
		args := command.Plain(words)
		if len(args) < 2 || args[0] != "deno" || !slices.Contains(args, file) {
			continue
		}
		before := args[1:slices.Index(args, file)]
		text, _, err := language.ReadText(a.own.files, path.Clean(file))
		switch {
		case args[1] == "serve" && !slices.ContainsFunc(before, func(arg string) bool { return strings.HasPrefix(arg, "--port") }):
			if port, err := command.Parse("--port $PORT"); err == nil {
				out[i] = s.Replace(slices.Concat(words[:2], port[0].Words, words[2:]))
			}
		case args[1] != "serve" && err == nil && len(denoServes.FindAllString(text, -1)) == 1 && !namesPort.MatchString(text):
			with, err := command.Parse("DENO_SERVE_ADDRESS=tcp:0.0.0.0:$PORT " + command.Line{s}.String())
			if err == nil && len(with) == 1 {
				out[i] = with[0]
				out[i].Join = s.Join
			}
		}
	}
	return out
}

// denoEntry is the module that a line runs.
func denoEntry(line command.Line) string {
	for _, s := range line {
		args := command.Plain(s.Call().Words)
		if len(args) < 2 || args[0] != "deno" {
			continue
		}
		for _, arg := range args[1:] {
			if ext := path.Ext(arg); slices.Contains([]string{".ts", ".tsx", ".js", ".mjs", ".jsx"}, ext) {
				return arg
			}
		}
	}
	return ""
}
