package python

import (
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// runners are tools that run a program among an app's packages, and their options that have a value. Those packages are on the
// PATH of the image, and the tools are not in it.
var runners = map[string][]string{
	"uv":     {"--package", "--extra", "--group", "--no-group", "--only-group", "--python", "-p", "--color", "--refresh-package"},
	"poetry": nil, "pdm": nil, "pipenv": nil, "rye": nil, "hatch": nil,
}

// further are options of runners that change more than where a program is looked for.
var further = []string{"--with", "--with-requirements", "--with-editable", "--env-file", "--directory", "-C", "--project", "-s", "--script", "--gui-script"}

// started are the processes that the user names, as the image runs them.
func (p *python) started() []language.Process {
	if len(p.Processes) == 0 {
		return nil
	}
	scripts := p.runScripts()
	var all []language.Process
	for _, one := range p.Processes {
		all = append(all, inImage(one, scripts))
	}
	return all
}

// inImage is a process without the tools that run programs among the app's packages: "poetry run gunicorn app:app" is
// "gunicorn app:app". What nobody can read here is told of by the build.
func inImage(p language.Process, scripts map[string]string) language.Process {
	line, err := command.Of(p.Line, p.Command)
	if err != nil {
		return p
	}
	changed := false
	for i := 0; i < len(line); i++ {
		words := withoutRunner(line[i].Call().Words)
		if words == nil {
			continue
		}
		line[i], changed = line[i].Replace(words), true
		if name, _ := words[0].Literal(); scripts[name] != "" {
			if with, err := expanded(line, i, scripts[name], words[1:]); err == nil {
				line = with
			}
		}
	}
	if changed {
		p.Command, p.Line = nil, line.String()
	}
	return p
}

// expanded is a line with a script of the project's in the place of command i, which has further arguments.
func expanded(line command.Line, i int, script string, args []command.Word) (command.Line, error) {
	with, err := command.Of(script, nil)
	if err != nil {
		return nil, err
	}
	if n := len(with) - 1; len(args) > 0 {
		with[n].Words = append(with[n].Words, args...)
	}
	return line.Replace(i, with)
}

// withoutRunner are the words that stand for "uv run …" and its like; nil where they stay.
func withoutRunner(words []command.Word) []command.Word {
	args := command.Plain(words)
	if len(args) < 3 || args[1] != "run" {
		return nil
	}
	tool := path.Base(args[0])
	valued, known := runners[tool]
	if !known {
		return nil
	}
	for i := 2; i < len(args); i++ {
		name, _, _ := strings.Cut(args[i], "=")
		switch {
		case args[i] == "--":
		case (args[i] == "-m" || args[i] == "--module") && tool == "uv" && i+1 < len(args):
			return append([]command.Word{command.Text("python3"), command.Text("-m")}, words[i+1:]...)
		case slices.Contains(further, name):
			return nil
		case slices.Contains(valued, args[i]):
			i++
		case strings.HasPrefix(args[i], "-"):
		case tool == "uv" && strings.HasSuffix(args[i], ".py"):
			return append([]command.Word{command.Text("python3")}, words[i:]...)
		default:
			return words[i:]
		}
	}
	return nil
}

// runScripts are the commands that Pipfile and pyproject.toml have names for: of pipenv's, and of PDM's.
func (p *python) runScripts() map[string]string {
	scripts := map[string]string{}
	add := func(table map[string]any) {
		for name, is := range table {
			switch v := is.(type) {
			case string:
				scripts[name] = v
			case map[string]any:
				scripts[name] = text(v, "cmd")
			}
		}
	}
	if file, err := decodePipfile(p.Files); err == nil {
		add(file.Scripts)
	}
	if p.plan.Manifest != nil {
		add(p.plan.Manifest.Commands)
	}
	return scripts
}
