package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/start"
)

// layerStart holds the program that runs commands written for a shell.
const layerStart = "start"

// parse reads the command of a process, which may be written for a shell.
func parse(p language.Process) (command.Line, error) {
	line, err := command.Of(p.Line, p.Command)
	if err == nil {
		return line, nil
	}
	problem := &language.Problem{
		What:     "cannot read the start command of " + p.Type,
		Evidence: []string{p.Why + ": " + p.Line, err.Error()},
		Next:     "Correct it.",
		Err:      err,
	}
	var shell *command.Unsupported
	if errors.As(err, &shell) {
		problem.What, problem.Next = "the start command of "+p.Type+" needs a shell, and the image has none", shell.Instead
	}
	return nil, problem
}

// ready makes of a process what the image will run: programs that the build compiled go before those of the PATH, and
// nothing that would not start is let through.
func (b *builder) ready(ctx context.Context, im start.Image, p language.Process, programs map[string]string) (language.Process, error) {
	line, err := parse(p)
	if err != nil {
		return p, err
	}
	line = b.compiled(line, programs)
	line, fault := python3(im, line)
	if fault != nil {
		doubt := b.doubt(im, fault)
		if doubt == "" {
			return p, b.cannotStart(ctx, im, p, fault, programs)
		}
		b.log.Warn("%s: %v; %s, and may have it", p.Type, fault, doubt)
	}
	if p.Line == "" {
		return p, nil
	}
	if argv, ok := line.Argv(); ok {
		p.Command = argv
		return p, nil
	}
	program, err := b.startProgram()
	if err != nil {
		return p, err
	}
	p.Command = []string{program, line.String()}
	if line.Uses("PORT") {
		b.usesPort = true
	}
	return p, nil
}

// doubt says who may have a program that was not found; empty where it is certainly not there.
func (b *builder) doubt(im start.Image, f *start.Fault) string {
	files, ok := im.Files.(imageFiles)
	switch {
	case f.Kind != start.NotFound && f.Kind != start.NoInterpreter && f.Kind != start.NoScript:
	case ok && len(files.hidden) > 0:
		return "the layer " + language.List(files.hidden) + " of the image before is used unseen"
	case b.contract.foreign() && f.Kind != start.NoScript:
		return "the run image is not known"
	}
	return ""
}

// compiled replaces the programs of a line that the build made: "bin/web" and "web" are where go put them.
func (b *builder) compiled(line command.Line, programs map[string]string) command.Line {
	all := append(command.Line{}, line...)
	for i, s := range all {
		words := s.Call().Words
		if len(words) == 0 {
			continue
		}
		name, ok := words[0].Literal()
		if made, known := programs[path.Base(name)]; ok && known && !language.Exists(filepath.Join(b.dir, name)) {
			all[i] = s.Replace(append([]command.Word{command.Text(made)}, words[1:]...))
		}
	}
	return all
}

// python3 checks a line, and replaces python by python3 where only that is there: Debian has no python.
func python3(im start.Image, line command.Line) (command.Line, *start.Fault) {
	for {
		var fault *start.Fault
		if !errors.As(im.Check(line), &fault) {
			return line, nil
		}
		if fault.Kind != start.NotFound || fault.Missing != "python" {
			return line, fault
		}
		line = append(command.Line{}, line...)
		s := line[fault.Index]
		line[fault.Index] = s.Replace(append([]command.Word{command.Text("python3")}, s.Call().Words[1:]...))
	}
}

// startProgram puts the program start, which comes with the buildpack, into a layer.
func (b *builder) startProgram() (string, error) {
	layer, err := b.layer(layerStart)
	if err != nil || b.started {
		return filepath.Join(layer.Path, "bin", "start"), err
	}
	b.started = true
	return b.ownProgram(layer, "bin", "start")
}

// ownProgram puts a program that comes with the buildpack into a folder of a layer of its own.
func (b *builder) ownProgram(layer packit.Layer, folder, name string) (string, error) {
	layer, err := b.reset(layer)
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(b.CNBPath, "bin", name))
	if err != nil {
		return "", fmt.Errorf("cannot use the buildpack's program %s: %w", name, err)
	}
	to := filepath.Join(layer.Path, folder, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", fmt.Errorf("cannot write layer %s: %w", layer.Name, err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		return "", fmt.Errorf("cannot write layer %s: %w", layer.Name, err)
	}
	layer.Launch, layer.Metadata = true, b.metadata(b.key(name))
	b.keep(layer)
	return to, language.Settle(layer.Path)
}

// defaultPort gives PORT a value where a command uses it and no platform sets it.
func (b *builder) defaultPort() {
	for i := range b.layers {
		if b.usesPort && b.layers[i].Name == layerStart {
			b.layers[i].LaunchEnv = environment(map[string]string{"PORT": "8080"})
		}
	}
}
