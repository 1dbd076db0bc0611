package golang

import (
	"fmt"
	"regexp"
	"slices"

	"whittle.dev/whittle/build/language"
)

// commandLines are modules by which programs get commands, as "shop serve".
var commandLines = regexp.MustCompile(`^github\.com/(?:spf13/cobra|urfave/cli)(?:/v[0-9]+)?$`)

// serves is how such modules are told of a command that serves: Use: "serve [domain]", Name: "server". start goes last: beside run it is
// one that ends, and leaves a server in the background.
var (
	serves   = regexp.MustCompile(`^(?:Use|Name):\s*"(serve|server|web|run|start)[" ]`)
	commands = []string{"start", "run", "web", "server", "serve"}
)

// serving is a command that serves, and the line that has it.
type serving struct{ Command, Line string }

// see is told of a line of a source, and takes the command that serves by the best name.
func (s *serving) see(file string, n int, line string) {
	if m := serves.FindStringSubmatch(line); m != nil && slices.Index(commands, m[1]) > slices.Index(commands, s.Command) {
		*s = serving{Command: m[1], Line: fmt.Sprintf("%s line %d", file, n)}
	}
}

// note tells of the command where nobody says how the program is started: without one, many such programs print what they can do, and
// end.
func (s serving) note(program string, processes []language.Process, components []language.Component) []string {
	if s.Command == "" || len(processes) > 0 || !slices.ContainsFunc(components, func(c language.Component) bool { return commandLines.MatchString(c.Name) }) {
		return nil
	}
	return []string{fmt.Sprintf("%s is started without a command, and has one called %s (%s): where the image is to run that, write into a Procfile: web: %[1]s %[2]s", program, s.Command, s.Line)}
}
