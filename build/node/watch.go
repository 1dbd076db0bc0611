package node

import (
	"context"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// Tools that compile can be told to watch, and then do their work again when files change, until somebody ends them. Nothing changes in a
// build or in an image, so they are run without that, and what cannot be is told before anything is downloaded: a build would never end.

// watchOptions are the options by which Node.js, Bun and Deno start the app again when files change; those that take the next word are
// true.
var watchOptions = map[string]bool{
	"--watch": false, "--watch-path": true, "--watch-preserve-output": false, "--watch-exclude": false, "--watch-hmr": false, "--hot": false,
}

// unwatched reads "node --watch server.js", and the like of Bun, Deno and tsx, without what watches. Behind the file stand options of its own.
func (a *app) unwatched(words []command.Word, args []string) call {
	if len(args) > 2 && args[0] == "tsx" && args[1] == "watch" {
		words, args = slices.Delete(slices.Clone(words), 1, 2), slices.Delete(slices.Clone(args), 1, 2)
		a.noteWatching(args[0])
		return call{words: words}
	}
	var kept []command.Word
	for i := 0; i < len(args); i++ {
		option, _, joined := strings.Cut(args[i], "=")
		takesNext, watches := watchOptions[option]
		switch {
		case watches && takesNext && !joined:
			i++
		case watches:
		case slices.Contains(valuedOptions, option) && !joined && i+1 < len(args):
			kept = append(kept, words[i], words[i+1])
			i++
		case i == 0 || strings.HasPrefix(option, "-") || slices.Contains([]string{"run", "serve"}, option):
			kept = append(kept, words[i])
		default:
			kept = append(kept, words[i:]...)
			i = len(args)
		}
	}
	if len(kept) == len(words) {
		return call{}
	}
	a.noteWatching(args[0])
	return call{words: kept}
}

func (a *app) noteWatching(name string) {
	a.watched = true
	a.note(name + " is not told to watch for changes: there are none in an image")
}

// watchers are programs to which -w says --watch. To others it says something else: "prettier -w" writes.
var watchers = []string{
	"babel", "coffee", "graphql-codegen", "jade", "mocha", "ncc", "nest", "node-sass", "postcss", "pug", "rollup", "rsbuild", "rspack", "sass",
	"stylus", "svelte-package", "swc", "tailwind", "tailwindcss", "tsc", "tsdown", "vite", "vue-tsc", "webpack",
}

// watchCommands are programs whose command "watch" is another one that goes on, and what that is; empty for none.
var watchCommands = map[string]string{
	"brunch": "build", "microbundle": "build", "mix": "", "parcel": "build", "preconstruct": "build", "rspack": "build", "tsdx": "build", "webpack": "build",
}

// watches tells whether a command goes on, and does its work again when files change.
func watches(s command.Simple) bool {
	_, told := toEnd(s)
	return told
}

// toEnd is a command without what tells it to watch, and whether something did.
func toEnd(s command.Simple) (command.Simple, bool) {
	words := s.Call().Words
	args := command.Plain(words)
	var kept []command.Word
	for i := 0; i < len(args); i++ {
		name := path.Base(args[0])
		option, value, joined := strings.Cut(args[i], "=")
		if joined = joined || i+1 == len(args); !joined {
			value = args[i+1]
		}
		to, replaced := watchCommands[name]
		switch {
		case i == 1 && args[i] == "watch" && replaced:
			if to != "" {
				kept = append(kept, command.Text(to))
			}
		case i == 0 || option != "--watch" && (option != "-w" || !slices.Contains(watchers, name)):
			word := words[i]
			if short, ok := withoutW(name, args[i]); ok && i > 0 {
				word = command.Text(short)
			}
			kept = append(kept, word)
		case value == "false":
			return s, false
		case !joined && value == "true":
			i++
		}
	}
	if slices.EqualFunc(kept, words, func(a, b command.Word) bool { return a.String() == b.String() }) {
		return s, false
	}
	return s.Replace(kept), true
}

// withoutW is an option of one letter each without the w, for the programs that are called so: "rollup -cw".
func withoutW(name, arg string) (string, bool) {
	rest, short := strings.CutPrefix(arg, "-")
	ok := short && (name == "rollup" || name == "coffee") && len(rest) > 1 && len(rest) < 5 && !strings.HasPrefix(rest, "-") && strings.Contains(rest, "w")
	return "-" + strings.ReplaceAll(rest, "w", ""), ok
}

// endless tells whether a command of a build goes on by itself, and there is no other way to call it that is certain.
func endless(s command.Simple) bool {
	args := command.Plain(s.Call().Words)
	if len(args) == 0 {
		return false
	}
	switch name := path.Base(args[0]); name {
	case "nx": // "run-many" runs whatever it is given
		return len(args) > 1 && args[1] == "serve"
	case "chokidar", "npm-watch", "onchange", "tsc-watch", "watchify":
		return true
	case "gulp", "grunt":
		return slices.Contains(args, "watch")
	}
	return isDevServer(args) && !slices.Contains(args, "build") // "vite --config vite.config.js build"
}

// ending is the line that runs what a call of a script or a task does, without what watches; nil where nothing does, and where the line is
// one for a shell. What other scripts would leave out as they start the app is left in.
func (a *app) ending(text, dir string) command.Line {
	by := *a
	by.building, by.watched = true, false
	line, err := by.inline(text, dir)
	if err != nil {
		return nil
	}
	line, told := allToEnd(line)
	if !told && !by.watched {
		return nil
	}
	return line
}

// allToEnd is a line without what tells its commands to watch, and whether something did.
func allToEnd(line command.Line) (command.Line, bool) {
	line, any := slices.Clone(line), false
	for i, s := range line {
		to, told := toEnd(s)
		line[i], any = to, any || told
	}
	return line, any
}

// endingScript is the same for a script of a package.json, with those that are run before and after it.
func (a *app) endingScript(f folder, name string) command.Line {
	text := "npm run " + command.Text(name).String()
	if post := "post" + name; f.manifest.Scripts[post] != "" && !a.manager.berry {
		text += " && npm run " + command.Text(post).String()
	}
	return a.ending(text, f.dir)
}

// checkBuilds tells of a script of the build that would never end.
func (a *app) checkBuilds() error {
	for _, name := range a.buildScripts() {
		if err := a.checkEnds(a.own, name); err != nil {
			return err
		}
	}
	if a.own.dir == a.top.dir {
		return nil
	}
	for _, f := range a.required() {
		if err := a.checkEnds(f, "build"); err != nil {
			return err
		}
	}
	return nil
}

// checkEnds tells of a script that would never end. What stands behind "||" may run or not, and is left alone.
func (a *app) checkEnds(f folder, name string) error {
	by := *a
	by.building = true
	line, err := by.inline(f.manifest.Scripts[name], f.dir)
	if err != nil || slices.ContainsFunc(line, func(s command.Simple) bool { return s.Join == command.Or }) {
		return nil
	}
	line, _ = allToEnd(line)
	i := slices.IndexFunc(line, endless)
	if i < 0 {
		return nil
	}
	p := &language.Problem{
		What:     "the script " + language.Clip(name) + " would never end",
		Evidence: []string{f.path(f.manifest.File) + ": " + language.Clip(f.manifest.Scripts[name]), language.Clip(line[i:i+1].String()) + " goes on until somebody ends it"},
		Next:     "Have it build once and end, or name another one: " + runScripts + "=…",
	}
	if made, ok := frameworkOf(f.manifest); ok && made.build != "" {
		p.Next = "Have it build once and end, as `" + made.build + "` does, or name another one: " + runScripts + "=…"
	}
	return p
}

// startsApp tells whether a script is what the app is started by, and goes on: a server that listens. Within the reading of another line it is
// not looked for, since that may be the one of the start.
func (a *app) startsApp(text string) bool {
	if a.depth > 0 {
		return false
	}
	line, err := a.inline(text, a.Dir)
	if err != nil || len(line) != 1 {
		return false
	}
	_, file := script(line[0].Call().Words)
	if file == "." {
		file = a.startFile()
	}
	source, _, err := language.ReadText(a.own.files, path.Clean(file))
	if file == "" || err != nil || !listens.MatchString(source) {
		return false
	}
	return slices.ContainsFunc(a.startTexts(), func(text string) bool {
		start, err := a.inline(text, a.Dir)
		return err == nil && start.String() == line.String()
	})
}

// startTexts are the lines by which the app says that it starts.
func (a *app) startTexts() []string {
	var texts []string
	for _, p := range a.Processes {
		texts = append(texts, written(p))
	}
	if len(texts) == 0 && a.own.manifest.Scripts["start"] != "" {
		texts = []string{"npm start"}
	}
	return texts
}

// runLine runs a line by a shell, with the programs of the packages, those of a folder first.
func (a *app) runLine(ctx context.Context, dir string, env map[string]string, text string) error {
	programs := []string{path.Join(dir, "node_modules", ".bin")}
	for _, f := range a.folders() { // the app's own go before those of the workspace
		programs = append(programs, path.Join(f.dir, "node_modules", ".bin"))
	}
	env = language.With(language.With(a.env, env), map[string]string{"PATH": language.Prepend(a.env, "PATH", slices.Compact(programs)...)})
	return a.run(ctx, dir, env, []string{"sh", "-c", text})
}
