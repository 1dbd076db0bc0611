package project

import (
	"fmt"
	"regexp"
	"strings"
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

var processType = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// descriptorProcess is one [[dev.whittle.processes]] of project.toml.
type descriptorProcess struct {
	Type    string `toml:"type"`
	Command any    `toml:"command"` // a command line, or a list of words
	Default bool   `toml:"default"`
}

// readProcesses checks the processes of project.toml.
func readProcesses(all []descriptorProcess) ([]Process, error) {
	var processes []Process
	seen, standard := map[string]bool{}, ""
	for _, d := range all {
		p, err := d.process()
		switch {
		case err != nil:
			return nil, fmt.Errorf("cannot use %s: [[%s.processes]] %w", File, Table, err)
		case seen[p.Type]:
			return nil, fmt.Errorf("cannot use %s: there are two [[%s.processes]] of type %q", File, Table, p.Type)
		case p.Default && standard != "":
			return nil, fmt.Errorf("cannot use %s: the processes %q and %q are both the default", File, standard, p.Type)
		}
		seen[p.Type] = true
		if p.Default {
			standard = p.Type
		}
		processes = append(processes, p)
	}
	return processes, nil
}

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
		return p, fmt.Errorf(`of type %s needs a command, such as "python3 app.py" or ["python3", "app.py"]`, d.Type)
	}
	if p.Line == "" && (len(p.Command) == 0 || p.Command[0] == "") {
		return p, fmt.Errorf("of type %s has an empty command", d.Type)
	}
	return p, nil
}
