package project

import (
	"fmt"
	"regexp"
	"strings"

	"whittle.dev/whittle/internal/problem"
)

// Process is a process type and its command as a user gives them.
type Process struct {
	Type    string   // letters, digits, dot, dash and underscore: it becomes a file name in the image
	Line    string   // a command line as for a shell
	Command []string // or the program and its arguments
	Default bool     // it is what the image runs by itself
	By      string   // the file or setting that says so
}

// Text is the command in one line.
func (p Process) Text() string {
	if p.Line != "" {
		return p.Line
	}
	return strings.Join(p.Command, " ")
}

// maxProcesses bounds the processes of an app, as for images.
const maxProcesses = 1000

// tooMany is the problem of a file with more processes.
func tooMany(file string) error {
	return &problem.Problem{What: fmt.Sprintf("cannot read %s: it has more than %d processes", file, maxProcesses), Next: "Leave out those that nobody starts."}
}

var processType = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// descriptorProcess is one [[dev.whittle.processes]] of project.toml.
type descriptorProcess struct {
	Type    string `toml:"type"`
	Command any    `toml:"command"` // a command line, or a list of words
	Default bool   `toml:"default"`
}

// readProcesses checks the processes of project.toml.
func readProcesses(all []descriptorProcess) ([]Process, error) {
	if len(all) > maxProcesses {
		return nil, tooMany(File)
	}
	var processes []Process
	seen, standard := map[string]bool{}, ""
	for _, d := range all {
		p, err := d.process()
		switch {
		case err != nil:
			return nil, badProcess(fmt.Sprintf("[[%s.processes]] %v", Table, err), `Give it a type and a command, such as type = "web" and command = "python3 app.py".`)
		case seen[p.Type]:
			return nil, badProcess(fmt.Sprintf("there are two [[%s.processes]] of type %q", Table, p.Type), "Name one of them otherwise, or remove it.")
		case p.Default && standard != "":
			return nil, badProcess(fmt.Sprintf("the processes %q and %q are both the default", standard, p.Type), "Leave default out of all but one.")
		}
		seen[p.Type] = true
		if p.Default {
			standard = p.Type
		}
		processes = append(processes, p)
	}
	return processes, nil
}

func badProcess(what, next string) error {
	return &problem.Problem{What: fmt.Sprintf("cannot use %s: %s", File, what), Next: next}
}

// process checks one of them.
func (d descriptorProcess) process() (Process, error) {
	p := Process{Type: d.Type, Default: d.Default, By: File}
	if !processType.MatchString(d.Type) {
		return p, fmt.Errorf("has the type %q: a type has letters, digits, dots, dashes and underscores", d.Type)
	}
	switch c := d.Command.(type) {
	case string:
		p.Line = strings.TrimSpace(c)
	case []any:
		for _, word := range c {
			text, ok := word.(string)
			if !ok {
				return p, fmt.Errorf("of type %s has a command of other things than words", d.Type)
			}
			p.Command = append(p.Command, text)
		}
	default:
		return p, fmt.Errorf(`of type %s needs a command: a line, or a list of words`, d.Type)
	}
	if p.Line == "" && (len(p.Command) == 0 || p.Command[0] == "") {
		return p, fmt.Errorf("of type %s has an empty command", d.Type)
	}
	return p, nil
}
