package golang

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// started are the processes that the user names, as the image runs them: "go run ./cmd/web" is the program that was compiled of
// it, and so is a path that only the user's own build would make, where one program was compiled.
func (g *golang) started(targets []target, bin string) []language.Process {
	if len(g.Processes) == 0 {
		return nil
	}
	var all []language.Process
	for _, p := range g.Processes {
		line, err := command.Of(p.Line, p.Command)
		if err != nil {
			all = append(all, p) // told by the build
			continue
		}
		changed := false
		for i, s := range line {
			if words := g.inImage(s.Call().Words, targets, bin); words != nil {
				line[i], changed = s.Replace(words), true
			}
		}
		if changed {
			p.Line, p.Command = line.String(), nil
		}
		all = append(all, p)
	}
	return all
}

// inImage are the words of a command as the image runs it; nil where they stay.
func (g *golang) inImage(words []command.Word, targets []target, bin string) []command.Word {
	args := command.Plain(words)
	if len(args) == 0 {
		return nil
	}
	if len(args) > 2 && args[0] == "go" && args[1] == "run" {
		return ran(words, targets, bin)
	}
	name := path.Clean(args[0])
	// Elastic Beanstalk calls the program of every app "application".
	if len(targets) != 1 || !strings.Contains(args[0], "/") && name != "application" || !fs.ValidPath(name) || path.Base(name) == targets[0].Name {
		return nil
	}
	if _, err := fs.Stat(g.Files, name); err == nil {
		return nil
	}
	return append([]command.Word{command.Text(path.Join(bin, targets[0].Name))}, words[1:]...)
}

// ran are the words that stand for "go run PACKAGE …", whose package is a folder or files of it; nil where it was not compiled.
func ran(words []command.Word, targets []target, bin string) []command.Word {
	args := command.Plain(words)
	for i := 2; i < len(args); i++ {
		if strings.HasPrefix(args[i], "-") && (strings.Contains(args[i], "=") || args[i] == "-race" || args[i] == "-trimpath" || args[i] == "-v") {
			continue
		}
		dir := path.Clean(args[i])
		rest := words[i+1:]
		if strings.HasSuffix(dir, ".go") {
			dir = path.Dir(dir)
			for len(rest) > 0 && strings.HasSuffix(command.Plain(rest[:1])[0], ".go") {
				rest = rest[1:]
			}
		}
		if at := slices.IndexFunc(targets, func(t target) bool { return t.Dir == dir || t.Dir == path.Clean(args[i]) }); at >= 0 {
			return append([]command.Word{command.Text(path.Join(bin, targets[at].Name))}, rest...)
		}
		return nil
	}
	return nil
}
