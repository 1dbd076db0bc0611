package node

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
)

// Some start commands run several programs at once, by a package that starts a shell for each (concurrently, npm-run-all). The
// program start does that without one: by "together", where each is one command.

// sources are words as they are written, variables and patterns included.
func sources(words []command.Word) []string {
	var all []string
	for _, w := range words {
		all = append(all, w.Source())
	}
	return all
}

// ofConcurrently are the options of concurrently that take the next word.
var ofConcurrently = []string{
	"-n", "--names", "-c", "--prefix-colors", "-p", "--prefix", "-l", "--prefix-length", "-t", "--timestamp-format", "-s", "--success", "--name-separator",
	"--hide", "--restart-tries", "--restart-after", "--default-input-target", "--kill-signal", "-m", "--max-processes",
}

// concurrently reads its command: each word is a command, and "npm:NAME" one that runs a script.
func (a *app) concurrently(args []string, dir string) (call, error) {
	var lines []string
	for i := 0; i < len(args); i++ {
		option, _, joined := strings.Cut(args[i], "=")
		switch manager, script, short := strings.Cut(args[i], ":"); {
		case slices.Contains(ofConcurrently, option):
			if !joined {
				i++
			}
		case strings.HasPrefix(option, "-"):
		case short && slices.Contains([]string{"npm", "yarn", "pnpm", "bun"}, manager):
			scripts, err := a.scriptsLike(script, dir)
			if err != nil {
				return call{}, err
			}
			lines = append(lines, scripts...)
		default:
			lines = append(lines, args[i])
		}
	}
	line, err := a.together("concurrently", lines, dir)
	return call{line: line}, err
}

// runAll reads "npm-run-all build --parallel start:*", and run-s and run-p, which are it with an option: groups of scripts, those of one run
// after each other or at once.
func (a *app) runAll(program string, args []string, dir string) (call, error) {
	var line command.Line
	var group []string
	atOnce := program == "run-p"
	end := func() error {
		made, err := a.scriptGroup(program, group, atOnce, dir)
		if len(made) > 0 {
			made[0].Join = command.And
		}
		line, group = append(line, made...), nil
		return err
	}
	for _, arg := range args {
		sequential := slices.Contains([]string{"-s", "--sequential", "--serial", "-S"}, arg)
		switch {
		case program == "npm-run-all" && (sequential || arg == "-p" || arg == "--parallel"):
			if err := end(); err != nil {
				return call{}, err
			}
			atOnce = !sequential
		case slices.Contains([]string{"-s", "--silent", "-l", "--print-label", "-n", "--print-name", "-r", "--race"}, arg):
		case strings.HasPrefix(arg, "-") || strings.ContainsAny(arg, "${ \t"):
			return call{}, fmt.Errorf("%s starts a shell for each of its commands: make each a process of its own in a Procfile", program)
		default:
			scripts, err := a.scriptsLike(arg, dir)
			if err != nil {
				return call{}, err
			}
			group = append(group, scripts...)
		}
	}
	if err := end(); err != nil {
		return call{}, err
	}
	if len(line) == 0 {
		return call{}, errors.New(program + " names no script")
	}
	line[0].Join = command.Then
	return call{line: line}, nil
}

// scriptGroup is the line of some scripts that run at once, or after each other.
func (a *app) scriptGroup(program string, group []string, atOnce bool, dir string) (command.Line, error) {
	switch {
	case len(group) == 0:
		return nil, nil
	case atOnce:
		return a.together(program, group, dir)
	}
	return a.inline(strings.Join(group, " && "), dir)
}

// scriptsLike are the commands that run the scripts which a name means. It may be a pattern, whose parts end at colons: "start:*".
func (a *app) scriptsLike(name, dir string) ([]string, error) {
	if !strings.Contains(name, "*") {
		return []string{"npm run " + command.Text(name).String()}, nil
	}
	at, err := a.folderAt(dir)
	if err != nil {
		return nil, err
	}
	var all []string
	for script := range at.manifest.Scripts {
		if ok, err := path.Match(strings.ReplaceAll(name, ":", "/"), strings.ReplaceAll(script, ":", "/")); ok && err == nil {
			all = append(all, "npm run "+command.Text(script).String())
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no script %q", at.path(orFile(at.manifest.File)), name)
	}
	slices.Sort(all)
	return all, nil
}

// together is the line that runs some lines at once, each of which must be one command, and of the app; it may have a folder of its own.
func (a *app) together(program string, lines []string, dir string) (command.Line, error) {
	if a.building {
		return a.afterEachOther(lines, dir)
	}
	var all []command.Part
	for _, text := range lines {
		line, err := a.inline(text, dir)
		if err != nil || len(lines) == 1 {
			return line, err
		}
		in := ""
		for len(line) > 1 && line[1].Join == command.And {
			to, ok := cd(line[0])
			if !ok {
				break
			}
			in, line = path.Join(in, to), line[1:]
		}
		args := command.Plain(line[0].Call().Words)
		if a.isDevelopment(args) || watches(line[0]) || builds(args) {
			return nil, fmt.Errorf("%s runs %s beside others, which is for development: name what runs in production in a Procfile", program, line[0])
		}
		if len(line) > 1 {
			return nil, fmt.Errorf("%s runs %s beside others, which is more than one command: make each a process of its own in a Procfile", program, line)
		}
		all = append(all, command.Part{Simple: line[0], Dir: in})
	}
	line, ok := command.AtOnce(all)
	if !ok || len(all) == 0 {
		return nil, fmt.Errorf("%s runs what is more than one command each: make each a process of its own in a Procfile", program)
	}
	a.note(program + " is left out: what it runs is started together, and ends together")
	return line, nil
}

// afterEachOther is the line that runs some lines of a build one by one. None of them may leave the folder, since the next one would not be in
// its own.
func (a *app) afterEachOther(lines []string, dir string) (command.Line, error) {
	line, err := a.inline(strings.Join(lines, " && "), dir)
	if slices.ContainsFunc(line, func(s command.Simple) bool { _, leaves := cd(s); return leaves }) {
		return nil, errors.New("commands that run at once in folders of their own")
	}
	return line, err
}
