package node

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
)

// request is what the arguments of a package manager ask for.
type request struct {
	at     folder
	script string
	exec   []command.Word // a program to run instead
	extra  []command.Word
}

// valued are the options of package managers that take a value, and what that says: a folder or a member.
var valued = map[string]string{
	"--prefix": "dir", "-C": "dir", "--dir": "dir", "--cwd": "dir",
	"-w": "member", "--workspace": "member", "--filter": "member", "-F": "member",
}

// managerCall reads "npm start", "yarn workspace api run start", "pnpm --filter api start -- --port 1" and their kin.
func (a *app) managerCall(name string, words []command.Word, args []string, dir string) (call, error) {
	if name == "bun" && isBunProgram(args, a, dir) {
		return call{}, nil
	}
	r, err := a.request(name, words, args, dir)
	if err != nil {
		return call{}, err
	}
	if r.exec != nil {
		return call{words: r.exec}, nil
	}
	return a.scriptCall(r, dir)
}

// isBunProgram tells "bun server.ts" from "bun start": a file, or an option of the runtime.
func isBunProgram(args []string, a *app, dir string) bool {
	for _, arg := range args {
		if arg == "run" || arg == "--bun" || arg == "--silent" || strings.HasPrefix(arg, "--cwd") {
			continue
		}
		at, err := a.folderAt(dir)
		_, script := at.manifest.Scripts[arg]
		return err == nil && !script && arg != "x" && arg != "start" && (strings.HasPrefix(arg, "-") || strings.ContainsAny(arg, "./"))
	}
	return false
}

// request reads the arguments of a package manager: first its options, which may name a folder or a member, then what it is to do.
func (a *app) request(name string, words []command.Word, args []string, dir string) (request, error) {
	r := request{}
	var err error
	if r.at, err = a.folderAt(dir); err != nil {
		return r, err
	}
	if name == "npm" { // which takes its options wherever they stand
		words, args = optionsFirst(words, args)
	}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		option, value, joined := strings.Cut(arg, "=")
		switch kind := valued[option]; {
		case kind != "" && !(name == "yarn" && option == "-w"):
			if !joined && i+1 < len(args) {
				i++
				value = args[i]
			}
			if r.at, err = a.named(kind, value, dir); err != nil {
				return r, err
			}
		case arg == "-r" || arg == "--recursive":
			return r, fmt.Errorf("%s %s starts the scripts of several packages: make each a process of its own in a Procfile", name, arg)
		case strings.HasPrefix(arg, "-"):
		case name == "yarn" && arg == "workspace" && i+2 < len(args):
			if r.at, err = a.named("member", args[i+1], dir); err != nil {
				return r, err
			}
			i++
		case (arg == "run" || arg == "run-script") && i+1 == len(args):
		default:
			return r.asked(name, words[i:], args[i:])
		}
	}
	return r, fmt.Errorf("%s without a script needs the package manager, which is not in the image", name)
}

// asked takes what a package manager is to do: the first of the arguments is its command, or the name of a script.
func (r request) asked(name string, words []command.Word, args []string) (request, error) {
	switch arg := args[0]; arg {
	case "run", "run-script":
		return r.namedScript(name, words[1:], args[1:])
	case "exec", "x":
		c, err := execCall(words[1:], args[1:])
		r.exec = c.words
		return r, err
	case "dlx", "create", "install", "i", "ci", "add", "rebuild":
		return r, fmt.Errorf("%s %s needs the package manager, which is not in the image: do it in a build script", name, arg)
	case "node":
		if name == "yarn" {
			r.exec = words
			return r, nil
		}
	}
	return r.namedScript(name, words, args)
}

// optionsFirst puts the options that take a value in front; what follows "--" stays where it is.
func optionsFirst(words []command.Word, args []string) ([]command.Word, []string) {
	var front, rest []int
	for i := 0; i < len(args); i++ {
		option, _, joined := strings.Cut(args[i], "=")
		switch {
		case args[i] == "--":
			for ; i < len(args); i++ {
				rest = append(rest, i)
			}
		case valued[option] != "" && joined:
			front = append(front, i)
		case valued[option] != "" && i+1 < len(args):
			front = append(front, i, i+1)
			i++
		default:
			rest = append(rest, i)
		}
	}
	var w []command.Word
	var a []string
	for _, i := range append(front, rest...) {
		w, a = append(w, words[i]), append(a, args[i])
	}
	return w, a
}

// namedScript takes the script's name and the arguments after it. npm keeps options before "--" to itself.
func (r request) namedScript(name string, words []command.Word, args []string) (request, error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		words, args = words[1:], args[1:]
	}
	if len(args) == 0 {
		return r, fmt.Errorf("%s run names no script", name)
	}
	r.script = args[0]
	dashes := slices.Index(args, "--")
	for i := 1; i < len(args); i++ {
		if i == dashes || name == "npm" && strings.HasPrefix(args[i], "-") && (dashes < 0 || i < dashes) {
			continue
		}
		r.extra = append(r.extra, words[i])
	}
	if _, ok := r.at.manifest.Scripts[r.script]; !ok && name != "npm" && r.script != "start" {
		r.exec = append([]command.Word{words[0]}, r.extra...) // a program of node_modules/.bin
	}
	return r, nil
}

// named finds the folder that an option names.
func (a *app) named(kind, value, dir string) (folder, error) {
	if kind == "dir" {
		return a.folderAt(filepath.Join(dir, value))
	}
	f, ok := a.member(value)
	if !ok {
		return f, fmt.Errorf("the workspace has no member %q", value)
	}
	return f, nil
}

// execCall reads "npx tool", "npm exec -- tool".
func execCall(words []command.Word, args []string) (call, error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		n := 1
		if args[0] == "-p" || args[0] == "--package" {
			n = 2
		}
		words, args = words[min(n, len(words)):], args[min(n, len(args)):]
	}
	if len(words) == 0 {
		return call{}, fmt.Errorf("npx names no program")
	}
	return call{words: words}, nil
}
