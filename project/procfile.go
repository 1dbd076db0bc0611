package project

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"whittle.dev/whittle/internal/problem"
)

// Procfile is the name of the file that says how an app starts, a line a process: "web: python3 app.py".
const Procfile = "Procfile"

// readProcfile reads the Procfile, if there is one. Blank lines and comments are skipped.
func readProcfile(dir fs.FS) ([]Process, error) {
	data, err := fs.ReadFile(dir, Procfile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(Procfile, err)
	}
	if !utf8.Valid(data) {
		return nil, notText(Procfile)
	}
	var processes []Process
	seen := map[string]bool{}
	for n, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\uFEFF"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, cmd, ok := strings.Cut(line, ":")
		name, cmd = strings.TrimSpace(name), strings.TrimSpace(cmd)
		switch {
		case !ok || !processType.MatchString(name) || cmd == "":
			return nil, &problem.Problem{
				What: fmt.Sprintf("cannot read %s: line %d is not \"type: command\": %q", Procfile, n+1, line),
				Next: `Write one line a process, such as "web: python3 app.py".`,
			}
		case seen[name]:
			return nil, &problem.Problem{
				What: fmt.Sprintf("cannot read %s: line %d: there are two processes %q", Procfile, n+1, name),
				Next: "Name one of them otherwise, or remove it.",
			}
		}
		if len(processes) == maxProcesses {
			return nil, tooMany(Procfile)
		}
		seen[name] = true
		processes = append(processes, Process{Type: name, Line: cmd, By: Procfile})
	}
	return processes, nil
}
