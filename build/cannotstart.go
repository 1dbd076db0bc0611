package build

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/start"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/contract"
)

// cannotStart is the problem of a process whose program would not be found, or would not run.
func (b *builder) cannotStart(ctx context.Context, im start.Image, p language.Process, f *start.Fault, programs map[string]string) *language.Problem {
	problem := &language.Problem{
		What:     fmt.Sprintf("the process %s cannot start: %v", p.Type, f),
		Evidence: []string{p.Why + ": " + p.Text()},
		Err:      f,
	}
	if f.Looked != "" {
		problem.Evidence = append(problem.Evidence, "looked in PATH: "+f.Looked)
	}
	switch f.Kind {
	case start.NotExecutable:
		problem.Next = fmt.Sprintf("Make it executable where it is kept (git update-index --chmod=+x %s), or name its interpreter in front of it.", f.Missing)
	case start.NoHashBang:
		problem.Next = "Begin its first line with #! and the interpreter, such as #!/usr/bin/env python3."
	case start.OtherProcessor:
		problem.Next = "Build it for " + b.arch + ", or let the build make it from its source."
	case start.IsDirectory, start.NoScript, start.NoDirectory:
		problem.Next = near(f.Missing, b.appFiles(), "Correct the name, or leave the file in what is uploaded: it is not in the app's folder.")
	default:
		problem.Next = b.wherePrograms(ctx, im, f, programs)
	}
	return problem
}

// wherePrograms says how a program that is missing comes into the image.
func (b *builder) wherePrograms(ctx context.Context, im start.Image, f *start.Fault, programs map[string]string) string {
	name := path.Base(f.Missing)
	if next, ok := buildTools[name]; ok {
		return next
	}
	if strings.Contains(f.Missing, "/") && f.Kind == start.NotFound {
		return near(f.Missing, append(b.appFiles(), slices.Collect(maps.Values(programs))...), "Correct the path: it counts from the app's folder.")
	}
	if packages, ok := pythonPrograms[name]; ok && b.app.Language == "python" {
		return fmt.Sprintf("Add %s to the app's dependencies (requirements.txt or pyproject.toml).", packages)
	}
	if gem, ok := rubyPrograms[name]; ok && b.app.Language == "ruby" {
		return fmt.Sprintf("Add `gem %q` to the Gemfile, and run `bundle install`.", gem)
	}
	if owner := b.owner(ctx, name); owner != "" {
		return fmt.Sprintf("If Debian's %s is meant, add it to project.toml: [dev.whittle.run] slices = [%q], or set BP_WHITTLE_SLICES=%s.", name, owner, owner)
	}
	next := "Correct the name, or add the package that has it to the app's dependencies."
	if len(programs) > 0 { // of a language that compiles: nothing else is the app's
		next = fmt.Sprintf("Correct the name, or leave the process out: the build made %s.", language.List(slices.Sorted(maps.Keys(programs))))
	}
	return near(name, programsOf(im, programs), next)
}

// buildTools are programs that build apps and are not in images, with what to do instead.
var buildTools = map[string]string{
	"npm": insteadOfScripts, "yarn": insteadOfScripts, "pnpm": insteadOfScripts, "npx": insteadOfScripts, "bunx": insteadOfScripts,
	"poetry": insteadOfRun, "pipenv": insteadOfRun, "uv": insteadOfRun, "pdm": insteadOfRun, "hatch": insteadOfRun, "bundle": insteadOfRun,
	"pip": insteadOfSteps, "pip3": insteadOfSteps, "go": insteadOfSteps, "cargo": insteadOfSteps, "make": insteadOfSteps,
	"mvn": insteadOfSteps, "gradle": insteadOfSteps, "gcc": insteadOfSteps,
}

const (
	insteadOfScripts = "Package managers are not in the image. Write the command itself, such as \"web: node server.js\"."
	insteadOfRun     = "Package managers are not in the image, and what they install is on PATH: leave \"run\" and what stands before it out."
	insteadOfSteps   = "Tools that build are not in the image: the build has run them. Start the program that they made."
)

// pythonPrograms are console scripts of well-known Python packages, by their names.
var pythonPrograms = map[string]string{
	"gunicorn": "gunicorn", "uvicorn": "uvicorn", "hypercorn": "hypercorn", "daphne": "daphne", "waitress-serve": "waitress", "uwsgi": "uwsgi",
	"granian": "granian", "flask": "flask", "fastapi": "fastapi[standard]", "django-admin": "django", "celery": "celery", "rq": "rq",
	"dramatiq": "dramatiq", "huey_consumer": "huey", "alembic": "alembic", "streamlit": "streamlit", "gradio": "gradio", "chainlit": "chainlit",
	"adk": "google-adk", "jupyter": "jupyter", "mkdocs": "mkdocs", "scrapy": "scrapy", "honcho": "honcho", "supervisord": "supervisor",
}

// rubyPrograms are programs of well-known gems, by their names.
var rubyPrograms = map[string]string{
	"puma": "puma", "rackup": "rackup", "rails": "rails", "rake": "rake", "unicorn": "unicorn", "thin": "thin", "falcon": "falcon", "iodine": "iodine",
	"sidekiq": "sidekiq", "resque": "resque", "good_job": "good_job", "clockwork": "clockwork", "hanami": "hanami", "jekyll": "jekyll", "foreman": "foreman", "shoryuken": "shoryuken",
}

// owner is the Debian package with a program of this name, or empty. It may read the archive's index of files, which is
// right for an error and nothing else.
func (b *builder) owner(ctx context.Context, name string) string {
	for _, source := range b.sources.inOrder() {
		owners, err := source.Owners(ctx, name)
		if err != nil {
			continue // the error that is told is another one
		}
		for _, o := range owners {
			if slices.Contains([]string{"usr/bin", "usr/sbin", "bin", "sbin"}, path.Dir(o.Path)) {
				return o.Package
			}
		}
	}
	return ""
}

// appFiles are the files in the app's folder and in the folders there.
func (b *builder) appFiles() []string {
	files, err := project.OpenFolder(b.dir)
	if err != nil {
		return nil // there is nothing that could be near
	}
	defer files.Close()
	var all []string
	for _, pattern := range []string{"*", "*/*"} {
		if found, err := fs.Glob(files, pattern); err == nil {
			all = append(all, found...)
		}
	}
	return all
}

// programsOf are the names of the programs in PATH and of those that the build made.
func programsOf(im start.Image, programs map[string]string) []string {
	all := slices.Collect(maps.Keys(programs))
	files, ok := im.Files.(imageFiles)
	if !ok {
		return all
	}
	for name := range files.known {
		if path.Base(path.Dir(name)) == "bin" && strings.HasPrefix(name, contract.BuildpackDir) {
			all = append(all, path.Base(name))
		}
	}
	for _, dir := range files.disk {
		entries, err := os.ReadDir(path.Join(dir, "bin"))
		if err != nil {
			continue // it has none
		}
		for _, e := range entries {
			all = append(all, e.Name())
		}
	}
	slices.Sort(all)
	return all
}

// near is advice with the nearest name in front, where one is near.
func near(word string, candidates []string, next string) string {
	if nearest, ok := text.Near(word, candidates); ok {
		return fmt.Sprintf("Is %s meant? %s", nearest, next)
	}
	return next
}
