package build

import (
	"context"
	"slices"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
)

// processes decides how the app starts: its Procfile, else the language's convention, else an error. A process that could
// not start in the image is an error, too.
func (b *builder) processes(ctx context.Context, a language.Artifacts, s *slicer.Selection) ([]packit.DirectProcess, error) {
	b.log.Step("How it starts")
	all := b.ownProcesses()
	switch {
	case len(all) == 0:
		all = a.Processes
	case a.Started != nil:
		all = a.Started
	}
	im := b.image(s)
	if err := b.checkEarlier(ctx, im, all); err != nil {
		return nil, err
	}
	for i, p := range all {
		var err error
		if all[i], err = b.ready(ctx, im, p, a.Programs); err != nil {
			return nil, err
		}
	}
	b.defaultPort()
	if len(all) == 0 && len(b.earlierProcesses()) > 0 {
		return nil, nil
	}
	if len(all) == 0 {
		return nil, &language.Problem{
			What:     language.NoStart,
			Evidence: append([]string{language.LookedFor}, a.Looked...),
			Next:     `Write a Procfile with one line, such as "web: python3 app.py", or set BP_WHITTLE_START to the command.`,
		}
	}
	return b.launch(all), nil
}

// named are the processes that the user names.
func (b *builder) named() []language.Process {
	var all []language.Process
	for _, p := range b.project.Processes {
		all = append(all, language.Process{Type: p.Type, Line: p.Line, Command: p.Command, Default: p.Default, Why: p.By})
	}
	return all
}

// launch makes the lifecycle's processes. The default is the one that says so, else web, else the first. They start in the
// app's folder, which in a monorepo is not the image's working directory.
func (b *builder) launch(all []language.Process) []packit.DirectProcess {
	standard := max(0, slices.IndexFunc(all, func(p language.Process) bool { return p.Type == "web" }))
	if i := slices.IndexFunc(all, func(p language.Process) bool { return p.Default }); i >= 0 {
		standard = i
	} else if len(b.earlierProcesses()) > 0 && all[standard].Type != "web" {
		standard = -1 // the default of the buildpack before stays
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
		b.log.Line("%s: %s (%s%s)", p.Type, p.Text(), p.Why, note)
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
		if _, err := parse(language.Process{Type: p.Type, Line: p.Line, Why: p.By}); err != nil {
			return err
		}
	}
	return nil
}
