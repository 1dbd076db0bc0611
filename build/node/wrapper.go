package node

import (
	"fmt"
	"path"
	"strings"

	"whittle.dev/whittle/build/command"
)

// watcher reads "nodemon server.js": nothing changes in an image, so that what it would watch is run.
func (a *app) watcher(name string, words []command.Word, args []string, dir string) (call, error) {
	a.watched = true
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
