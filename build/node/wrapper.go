package node

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
)

// watcher reads "nodemon server.js": nothing changes in an image, so that what it would watch is run.
func (a *app) watcher(name string, words []command.Word, args []string, dir string) (call, error) {
	a.note(name + " watches for changes, and there are none in an image: what it runs is run without it")
	takes := map[string]bool{"-w": true, "--watch": true, "-e": true, "--ext": true, "-i": true, "--ignore": true, "--delay": true, "-d": true, "--signal": true, "-s": true, "--config": true}
	for i := 0; i < len(args); i++ {
		option, value, joined := strings.Cut(args[i], "=")
		switch {
		case option == "-x" || option == "--exec":
			rest := words[i+1:]
			if !joined && len(args) > i+1 {
				value, rest = args[i+1], words[i+2:]
			}
			line, err := a.inline(value, dir)
			if err != nil {
				return call{}, err
			}
			last := &line[len(line)-1]
			last.Words = append(last.Words, positional(rest)...)
			return call{line: line}, nil
		case takes[option]:
			if !joined {
				i++
			}
		case !strings.HasPrefix(args[i], "-"):
			runner := "node"
			if ext := path.Ext(args[i]); ext == ".ts" || ext == ".tsx" || ext == ".mts" {
				runner = "tsx"
				if a.own.manifest.needs("ts-node") {
					runner = "ts-node"
				}
			}
			return call{words: append([]command.Word{command.Text(runner)}, words[i:]...)}, nil
		}
	}
	if main := string(a.own.manifest.Main); main != "" {
		return call{words: []command.Word{command.Text("node"), command.Text(main)}}, nil
	}
	return call{}, fmt.Errorf("%s names no file", name)
}

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
	a.note(name + " is not told to watch for changes: there are none in an image")
}

// positional drops a watcher's own options that follow the program's.
func positional(words []command.Word) []command.Word {
	var all []command.Word
	args := command.Plain(words)
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-w", "--watch", "-e", "--ext", "-i", "--ignore", "--delay":
			i++
		default:
			all = append(all, words[i])
		}
	}
	return all
}

// turbo reads "turbo run start --filter=web": the script of the one member that is meant.
func (a *app) turbo(words []command.Word, args []string, dir string) (call, error) {
	task, only := "", ""
	for i := 1; i < len(args); i++ {
		option, value, joined := strings.Cut(args[i], "=")
		switch {
		case option == "--filter" || option == "-F" || option == "--scope":
			if !joined && i+1 < len(args) {
				i++
				value = args[i]
			}
			only = strings.TrimSuffix(value, "...")
		case strings.HasPrefix(args[i], "-") || args[i] == "run" || task != "":
		default:
			task = args[i]
		}
	}
	if builds([]string{"turbo", task}) || task == "" {
		return call{}, nil
	}
	var found []folder
	var names []string
	for _, m := range a.members {
		if _, ok := m.manifest.Scripts[task]; ok && (only == "" || string(m.manifest.Name) == only) {
			found, names = append(found, m), append(names, string(m.manifest.Name))
		}
	}
	if len(found) != 1 {
		return call{}, fmt.Errorf("%s %s starts the script of %d packages (%s): name one of them, such as `npm run %s --workspace=…`", path.Base(args[0]), task, len(found), strings.Join(names, ", "), task)
	}
	return a.scriptCall(request{at: found[0], script: task}, dir)
}
