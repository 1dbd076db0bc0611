// Package detect implements the detect phase of the Cloud Native Buildpacks specification (Buildpack API 0.10): it tells
// which language an app is written in, and what speaks for it.
//
// Every language is a row of a table that is handed in. Nothing is executed, nothing is downloaded, and nothing above the
// app's own directory is read.
package detect

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/internal/problem"
	"whittle.dev/whittle/project"
)

// Name is what whittle provides and requires in the build plan.
const Name = "whittle"

// App is what detection found.
type App struct {
	Language string   // the name of its row
	Evidence []string // why: "go.mod", "requirements.txt", "BP_WHITTLE_LANGUAGE"; first the strongest
	// FrontEnds are the languages whose manifests beside the app's own are those of its front end.
	FrontEnds []string
}

// ErrNoApp is wrapped by the error of Find when no language claims the directory.
var ErrNoApp = errors.New("no app found")

// AmbiguousError says that several languages claim the same directory, and nothing decides between them.
type AmbiguousError struct{ Apps []App }

func (e *AmbiguousError) Error() string {
	var b strings.Builder
	b.WriteString("cannot tell the app's language: several claim this directory\n")
	for _, a := range e.Apps {
		fmt.Fprintf(&b, "  %s: %s\n", a.Language, strings.Join(a.Evidence, ", "))
	}
	fmt.Fprintf(&b, "Set BP_WHITTLE_LANGUAGE to one of them, for example BP_WHITTLE_LANGUAGE=%s, or add a Procfile.", e.Apps[0].Language)
	return b.String()
}

// Surroundings is what the detect phase takes from where it runs.
type Surroundings struct {
	Env   map[string]string
	Open  func(dir string) (fs.FS, error) // opens the project's folder
	Order fs.FS                           // the folder of the builder's order.toml
}

// Detect returns the detect phase for a table of languages. Where other buildpacks build the app, it need not be in one of
// them.
//
// The exit code is 100 (packit.Fail, which must never be wrapped) only where no language claims the app, so that a
// builder with several buildpacks may go on. Two languages, or a project.toml that can't be read, are errors (exit code 1):
// going on silently would hide the user's mistake.
func Detect(languages []Language, s Surroundings) packit.DetectFunc {
	return func(c packit.DetectContext) (packit.DetectResult, error) {
		dir, err := s.Open(c.WorkingDir)
		if err != nil {
			return packit.DetectResult{}, err
		}
		p, err := project.Read(dir, s.Env)
		if err != nil {
			return packit.DetectResult{}, err
		}
		behind := alwaysBehind(s.Order, c.Info.ID)
		if p.Settings.Behind != nil {
			behind = *p.Settings.Behind
		}
		if !behind {
			if p, err = Enter(languages, dir, s.Env, p); err != nil {
				return packit.DetectResult{}, err
			}
		}
		app, err := Find(languages, p)
		if err != nil && behind {
			app, err = App{}, nil
		}
		if errors.Is(err, ErrNoApp) {
			return packit.DetectResult{}, packit.Fail.WithMessage("%s", err)
		}
		if err != nil {
			return packit.DetectResult{}, err
		}
		return packit.DetectResult{Plan: packit.BuildPlan{
			Provides: []packit.BuildPlanProvision{{Name: Name}},
			Requires: []packit.BuildPlanRequirement{{Name: Name, Metadata: map[string]any{"language": app.Language}}},
		}}, nil
	}
}

// Find tells the language of a project's app: the user's choice, else the one that claims the directory, else the one that
// the start command is of, else the one that is not the other's front end. Files deeper in the directory count where nothing else does.
func Find(languages []Language, p project.Project) (App, error) {
	t, dir := table(languages), p.Files
	strong, weak := t.claims(dir)
	if want := p.Settings.Language; want != "" {
		return t.chosen(dir, want, strong)
	}
	apps := strong
	if rest, certain := t.rest(p); len(apps) == 0 && rest.Language != "" && (certain || len(weak) == 0) {
		return rest, nil
	}
	if len(apps) == 0 {
		apps = weak
	}
	start := p.Start()
	switch len(apps) {
	case 0:
		if app, ok := t.runs(dir, start); ok {
			return app, nil
		}
		if tellUnknown(dir) == "" {
			if app, ok := t.below(dir); ok {
				return app, nil
			}
		}
		return App{}, t.noApp(p)
	case 1:
		return apps[0], nil
	}
	if i := t.started(apps, start.Text()); i >= 0 {
		a := t.withFrontEnds(apps[i], strong)
		a.Evidence = append([]string{start.By + ": " + start.Text()}, a.Evidence...)
		return a, nil
	}
	if i := t.behind(apps); i >= 0 {
		return t.withFrontEnds(apps[i], strong), nil
	}
	return App{}, &AmbiguousError{Apps: apps}
}

// noApp says why a folder is no app, by what is most certain of it.
func (t table) noApp(p project.Project) error {
	for _, tell := range []func() string{
		func() string { return tellUnknown(p.Files) },
		func() string { return t.tellBelow(p) },
		func() string { return t.tellLone(p.Files) },
		func() string { return tellUnknownBelow(p.Files) },
	} {
		if said := tell(); said != "" {
			return fmt.Errorf("%w: %s", ErrNoApp, said)
		}
	}
	return fmt.Errorf("%w: looked for %s", ErrNoApp, t.lookedFor())
}

// chosen checks the user's choice against the table; the choice alone is evidence enough.
func (t table) chosen(dir fs.FS, want string, strong []App) (App, error) {
	l, ok := t.row(want)
	if !ok {
		return App{}, &problem.Problem{
			What: fmt.Sprintf("cannot use BP_WHITTLE_LANGUAGE=%q: whittle knows %s", want, t.names()),
			Next: "Set it to one of these, or leave it out: files of the app tell its language.",
		}
	}
	evidence := append([]string{"BP_WHITTLE_LANGUAGE"}, append(l.manifests(dir), l.sources(dir)...)...)
	return t.withFrontEnds(App{Language: want, Evidence: evidence}, strong), nil
}

// claims returns the languages with a manifest in dir, and those that only have source files there.
func (t table) claims(dir fs.FS) (strong, weak []App) {
	for _, l := range t {
		if m := l.manifests(dir); len(m) > 0 {
			strong = append(strong, App{Language: l.Name, Evidence: m})
		} else if s := l.sources(dir); len(s) > 0 {
			weak = append(weak, App{Language: l.Name, Evidence: s})
		}
	}
	return t.withoutBeside(dir, strong), weak
}

// withoutBeside leaves out languages whose files stand beside those of another one.
func (t table) withoutBeside(dir fs.FS, apps []App) []App {
	alone := slices.DeleteFunc(slices.Clone(apps), func(a App) bool {
		l, _ := t.row(a.Language)
		return l.Beside || len(apps) > 1 && l.OfTools != nil && l.OfTools(dir)
	})
	if len(alone) == 0 {
		return apps
	}
	return alone
}

// rest returns the claim for what is of no language, and whether it is certain.
func (t table) rest(p project.Project) (App, bool) {
	for _, l := range t {
		if l.Rest == nil {
			continue
		}
		if claim := l.Rest(p); len(claim.Evidence) > 0 {
			return App{Language: l.Name, Evidence: claim.Evidence}, claim.Certain
		}
	}
	return App{}, false
}

// started returns the index of the one app whose language's programs a start command runs, or -1.
func (t table) started(apps []App, line string) int {
	found := -1
	for i, a := range apps {
		if l, ok := t.row(a.Language); ok && l.starts(line) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// runs returns the app whose start command has a program of one language run a file that lies deeper in the folder than those by
// which languages claim it.
func (t table) runs(dir fs.FS, start project.Process) (App, bool) {
	var apps []App
	for _, l := range t {
		apps = append(apps, App{Language: l.Name, Evidence: []string{start.By + ": " + start.Text()}})
	}
	i := t.started(apps, start.Text())
	if i < 0 || !slices.ContainsFunc(strings.Fields(start.Text()), func(word string) bool {
		info, err := fs.Stat(dir, path.Clean(word)) // a path that leaves the folder is an error
		return err == nil && info.Mode().IsRegular()
	}) {
		return App{}, false
	}
	return apps[i], true
}

// behind returns the index of the one app that the others are front ends of, or -1.
func (t table) behind(apps []App) int {
	found := -1
	for i, a := range apps {
		if l, ok := t.row(a.Language); ok && !l.FrontEnd {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// withFrontEnds adds the front ends that stand beside an app.
func (t table) withFrontEnds(app App, strong []App) App {
	if own, ok := t.row(app.Language); ok && own.FrontEnd {
		return app
	}
	for _, other := range strong {
		if l, ok := t.row(other.Language); ok && l.FrontEnd && !slices.Contains(app.FrontEnds, l.Name) {
			app.FrontEnds = append(app.FrontEnds, l.Name)
		}
	}
	return app
}
