package build

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// layerStart holds the program that runs commands written for a shell.
const layerStart = "start"

// processes decides how the app starts: its Procfile, else the language's convention, else an error.
func (b *builder) processes(a language.Artifacts) ([]packit.DirectProcess, error) {
	b.log.Step("How it starts")
	var all []language.Process
	for _, p := range b.project.Processes {
		all = append(all, language.Process{Type: p.Type, Line: p.Line, Command: p.Command, Default: p.Default, Why: p.By})
	}
	if len(all) == 0 {
		all = a.Processes
	}
	for i, p := range all {
		if p.Line != "" {
			var err error
			if all[i], err = b.fromLine(p, a.Programs); err != nil {
				return nil, err
			}
		}
	}
	if len(all) == 0 {
		return nil, &language.Problem{
			What:     "nothing says how the app starts",
			Evidence: append([]string{"looked for: BP_WHITTLE_START, processes in project.toml, Procfile"}, a.Looked...),
			Next:     `Write a Procfile with one line, such as "web: python3 app.py", or set BP_WHITTLE_START to the command.`,
		}
	}
	return b.launch(all), nil
}

// launch makes the lifecycle's processes. The default is the one that says so, else web, else the first. They start in the
// app's folder, which in a monorepo is not the image's working directory.
func (b *builder) launch(all []language.Process) []packit.DirectProcess {
	standard := max(0, slices.IndexFunc(all, func(p language.Process) bool { return p.Type == "web" }))
	if i := slices.IndexFunc(all, func(p language.Process) bool { return p.Default }); i >= 0 {
		standard = i
	}
	folder := ""
	if b.dir != b.WorkingDir {
		folder = b.dir
	}
	var direct []packit.DirectProcess
	for i, p := range all {
		note := ""
		if i == standard {
			note = ", default"
		}
		b.log.Line("%s: %s (%s%s)", p.Type, strings.Join(p.Command, " "), p.Why, note)
		direct = append(direct, packit.DirectProcess{Type: p.Type, Command: p.Command, Args: []string{}, Default: i == standard, WorkingDirectory: folder})
	}
	return direct
}

// checkCommands reads the user's command lines before anything is downloaded or compiled.
func (b *builder) checkCommands() error {
	for _, p := range b.project.Processes {
		if p.Line == "" {
			continue
		}
		if _, err := command.Parse(p.Line); err != nil {
			return needsShell(language.Process{Type: p.Type, Line: p.Line, Why: p.By}, err)
		}
	}
	return nil
}

func needsShell(p language.Process, err error) error {
	return &language.Problem{
		What:     "the start command of " + p.Type + " needs a shell, and the image has none",
		Evidence: []string{p.Why + ": " + p.Line, err.Error()},
		Next:     "Write it with words, quotes, $VARIABLES, assignments in front and && only, or put it into a script of the app's language.",
		Err:      err,
	}
}

// fromLine makes a command of a line. A plain one runs as it is; variables, assignments and "&&" need the program start,
// which expands them when the process starts, as there is no shell in the image.
func (b *builder) fromLine(p language.Process, programs map[string]string) (language.Process, error) {
	line, err := command.Parse(p.Line)
	if err != nil {
		return language.Process{}, needsShell(p, err)
	}
	if argv, ok := line.Argv(); ok {
		if compiled, ok := programs[path.Base(argv[0])]; ok && !language.Exists(filepath.Join(b.dir, argv[0])) {
			argv[0] = compiled
		}
		return language.Process{Type: p.Type, Command: argv, Why: p.Why}, nil
	}
	program, err := b.startProgram()
	if err != nil {
		return language.Process{}, err
	}
	return language.Process{Type: p.Type, Command: []string{program, p.Line}, Why: p.Why}, nil
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
	return to, language.Settle(layer.Path)
}
