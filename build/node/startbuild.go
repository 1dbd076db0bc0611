package node

import (
	"context"
	"path"
	"regexp"
	"slices"

	"whittle.dev/whittle/build/command"
)

// A start command often builds first: "tsc && node dist/index.js". An image is built once, and neither compilers nor a place
// to write are in it; so that part runs with the build.

// splitBuild parts a start line: lead is what builds and all that stands before it, rest is what starts. Folders and
// variables that lead sets are set in rest as well. lead is empty where nothing builds, where something runs before that is
// no part of a build, and where nothing would be left to start.
func splitBuild(line command.Line) (lead, rest command.Line) {
	end := 0
	for i, s := range line {
		args := command.Plain(s.Call().Words)
		_, cds := cd(s)
		if s.Join == command.Or || len(args) > 0 && !cds && !builds(args) && !beforeBuilds(args) {
			break
		}
		if builds(args) {
			end = i + 1
		}
	}
	if end == 0 || end == len(line) {
		return nil, line
	}
	for _, s := range line[:end] {
		if _, cds := cd(s); cds || len(s.Call().Words) == 0 {
			rest = append(rest, s)
		}
	}
	rest = append(rest, line[end:]...)
	rest[0].Join = command.Then
	return line[:end], rest
}

// beforeBuilds tells whether a command is one that stands between those of a build: it moves files about, as a line of Node.js that names
// the module of file systems does ("node -e \"require('fs').rmSync('dist', …)\"").
func beforeBuilds(args []string) bool {
	name := path.Base(args[0])
	if name == "node" && len(args) == 3 && (args[1] == "-e" || args[1] == "--eval") {
		return namesFS.MatchString(args[2])
	}
	return slices.Contains([]string{"mkdir", "cp", "mv", "rm", "echo", "cpx", "cpy", "copyfiles", "shx", "del-cli"}, name)
}

var namesFS = regexp.MustCompile(`["'` + "`" + `](?:node:)?fs(?:/promises)?["'` + "`" + `]`)

// startBuilds are the parts of the app's start commands that build, each once, as lines for a shell. A part that is the same as
// the script "build" is none, as that runs anyway.
func (a *app) startBuilds() []string {
	built := ""
	if scripts := a.buildScripts(); len(scripts) == 1 && scripts[0] == "build" {
		if line, err := a.inline("npm run build", a.Dir); err == nil {
			built = line.String()
		}
	}
	var all []string
	for _, text := range a.startTexts() {
		line, err := a.inline(text, a.Dir)
		if err != nil {
			continue // checkStart told it, or the build makes it right
		}
		lead, _ := splitBuild(line)
		lead, _ = allToEnd(lead)
		if lead = a.runnable(lead); len(lead) > 0 && lead.String() != built && !slices.Contains(all, lead.String()) {
			all = append(all, lead.String())
		}
	}
	return all
}

// runnable has Yarn find the programs of a line that Plug'n'Play keeps in archives.
func (a *app) runnable(line command.Line) command.Line {
	if !a.manager.pnp(a.top) {
		return line
	}
	line = slices.Clone(line)
	for i, s := range line {
		if words := s.Call().Words; builds(command.Plain(words)) {
			line[i] = s.Replace(append([]command.Word{command.Text("yarn"), command.Text("run")}, words...))
		}
	}
	return line
}

// runStartBuilds runs what start commands build.
func (a *app) runStartBuilds(ctx context.Context) error {
	for _, text := range a.startBuilds() {
		a.Log.Line("%s (part of the start command that builds)", text)
		if err := a.runLine(ctx, a.Dir, a.buildEnv(), text); err != nil {
			return err
		}
	}
	return nil
}
