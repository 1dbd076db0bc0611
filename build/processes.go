package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/command"
)

// layerStart holds the program that runs commands written for a shell.
const layerStart = "start"

// processes decides how the app starts: its Procfile, else the language's convention, else an error.
func (b *builder) processes(a Artifacts) ([]packit.DirectProcess, error) {
	b.log.Step("How it starts")
	text, err := os.ReadFile(filepath.Join(b.WorkingDir, "Procfile"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot read Procfile: %w", err)
	}
	found, err := readProcfile(string(text))
	if err != nil {
		return nil, err
	}
	all := found
	if len(all) == 0 {
		all = a.Processes
	}
	for i, p := range all {
		if p.Line != "" {
			if all[i], err = b.fromLine(p, a.Programs); err != nil {
				return nil, err
			}
		}
	}
	if len(all) == 0 {
		return nil, &Problem{
			What:     "nothing says how the app starts",
			Evidence: append([]string{"looked for: Procfile"}, a.Looked...),
			Next:     `Write a Procfile with one line, such as "web: python3 app.py".`,
		}
	}
	return b.launch(all), nil
}

// launch makes the lifecycle's processes; web is the default, or else the first. packit writes a working directory under
// a name that the lifecycle does not read, so none is set.
func (b *builder) launch(all []Process) []packit.DirectProcess {
	standard := 0
	for i, p := range all {
		if p.Type == "web" {
			standard = i
		}
	}
	var direct []packit.DirectProcess
	for i, p := range all {
		note := ""
		if i == standard {
			note = ", default"
		}
		b.log.Line("%s: %s (%s%s)", p.Type, strings.Join(p.Command, " "), p.Why, note)
		direct = append(direct, packit.DirectProcess{Type: p.Type, Command: p.Command, Args: []string{}, Default: i == standard})
	}
	return direct
}

var processType = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// readProcfile reads "type: command" lines; blank lines and comments are skipped.
func readProcfile(text string) ([]Process, error) {
	var lines []Process
	seen := map[string]bool{}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\uFEFF"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, cmd, ok := strings.Cut(line, ":")
		name, cmd = strings.TrimSpace(name), strings.TrimSpace(cmd)
		switch {
		case !ok || !processType.MatchString(name) || cmd == "":
			return nil, fmt.Errorf("cannot read Procfile: line %d is not \"type: command\": %q", n+1, line)
		case seen[name]:
			return nil, fmt.Errorf("cannot read Procfile: line %d: there are two processes %q", n+1, name)
		}
		seen[name] = true
		lines = append(lines, Process{Type: name, Line: cmd, Why: "Procfile"})
	}
	return lines, nil
}

// fromLine makes a command of a line. A plain one runs as it is; variables, assignments and "&&" need the program start,
// which expands them when the process starts, as there is no shell in the image.
func (b *builder) fromLine(p Process, programs map[string]string) (Process, error) {
	line, err := command.Parse(p.Line)
	if err != nil {
		return Process{}, &Problem{
			What:     "the start command of " + p.Type + " needs a shell, and the image has none",
			Evidence: []string{p.Why + ": " + p.Line, err.Error()},
			Next:     "Write it with words, quotes, $VARIABLES, assignments in front and && only, or put it into a script of the app's language.",
			Err:      err,
		}
	}
	if argv, ok := line.Argv(); ok {
		if compiled, ok := programs[path.Base(argv[0])]; ok && !exists(filepath.Join(b.WorkingDir, argv[0])) {
			argv[0] = compiled
		}
		return Process{Type: p.Type, Command: argv, Why: p.Why}, nil
	}
	program, err := b.startProgram()
	if err != nil {
		return Process{}, err
	}
	return Process{Type: p.Type, Command: []string{program, p.Line}, Why: p.Why}, nil
}

// startProgram puts the program start, which comes with the buildpack, into a layer.
func (b *builder) startProgram() (string, error) {
	layer, err := b.layer(layerStart)
	if err != nil {
		return "", err
	}
	to := filepath.Join(layer.Path, "bin", "start")
	if b.started {
		return to, nil
	}
	if layer, err = b.reset(layer); err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(b.CNBPath, "bin", "start"))
	if err != nil {
		return "", fmt.Errorf("cannot use the buildpack's program start: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", fmt.Errorf("cannot write layer %s: %w", layer.Name, err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		return "", fmt.Errorf("cannot write layer %s: %w", layer.Name, err)
	}
	layer.Launch, layer.Metadata = true, b.metadata(b.key("start"))
	b.keep(layer)
	b.started = true
	return to, settle(layer.Path)
}
