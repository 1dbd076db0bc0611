// Package detect implements the detect phase of the Cloud Native Buildpacks specification (Buildpack API 0.10): it tells
// which language an app is written in, and what speaks for it.
//
// Every language is a row of the table in languages.go. Nothing is executed, nothing is downloaded, and nothing above
// the app's own directory is read.
package detect

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/paketo-buildpacks/packit/v2"
)

// Name is what whittle provides and requires in the build plan.
const Name = "whittle"

// App is what detection found.
type App struct {
	Language Language
	Evidence []string // why: "go.mod", "requirements.txt", "BP_WHITTLE_LANGUAGE"; first the strongest
}

// Language is the name of a language as the user writes it in BP_WHITTLE_LANGUAGE.
type Language string

// The languages.
const (
	Go     Language = "go"
	Python Language = "python"
)

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

// Detect returns the detect phase. env is the environment of the phase.
//
// The exit code is 100 (packit.Fail, which must never be wrapped) only where no language claims the app, so that a
// builder with several buildpacks may go on. Two languages, or a project.toml that can't be read, are errors (exit code 1):
// going on silently would hide the user's mistake.
func Detect(env map[string]string, dirFS func(string) fs.FS) packit.DetectFunc {
	return func(c packit.DetectContext) (packit.DetectResult, error) {
		dir := dirFS(c.WorkingDir)
		settings, err := ReadSettings(dir, env)
		if err != nil {
			return packit.DetectResult{}, err
		}
		app, err := Find(dir, settings.Language)
		if errors.Is(err, ErrNoApp) {
			return packit.DetectResult{}, packit.Fail.WithMessage("%s", err)
		}
		if err != nil {
			return packit.DetectResult{}, err
		}
		return packit.DetectResult{Plan: packit.BuildPlan{
			Provides: []packit.BuildPlanProvision{{Name: Name}},
			Requires: []packit.BuildPlanRequirement{{Name: Name, Metadata: map[string]any{"language": string(app.Language)}}},
		}}, nil
	}
}

// Find tells the language of the app in dir. want is the user's choice, or empty.
func Find(dir fs.FS, want Language) (App, error) {
	if want != "" {
		return chosen(dir, want)
	}
	strong, weak := claims(dir)
	apps := strong
	if len(apps) == 0 {
		apps = weak
	}
	switch len(apps) {
	case 0:
		return App{}, fmt.Errorf("%w: looked for %s", ErrNoApp, lookedFor())
	case 1:
		return apps[0], nil
	}
	if i, why := procfileDecides(dir, apps); i >= 0 {
		a := apps[i]
		a.Evidence = append([]string{why}, a.Evidence...)
		return a, nil
	}
	return App{}, &AmbiguousError{Apps: apps}
}

// chosen checks the user's choice against the table; the choice alone is evidence enough.
func chosen(dir fs.FS, want Language) (App, error) {
	for _, l := range languages {
		if l.name == want {
			return App{Language: want, Evidence: append([]string{"BP_WHITTLE_LANGUAGE"}, append(l.manifests(dir), l.sources(dir)...)...)}, nil
		}
	}
	return App{}, fmt.Errorf("cannot use BP_WHITTLE_LANGUAGE=%q: whittle knows %s", want, names())
}

// claims returns the languages with a manifest in dir, and those that only have source files there.
func claims(dir fs.FS) (strong, weak []App) {
	for _, l := range languages {
		if m := l.manifests(dir); len(m) > 0 {
			strong = append(strong, App{Language: l.name, Evidence: m})
		} else if s := l.sources(dir); len(s) > 0 {
			weak = append(weak, App{Language: l.name, Evidence: s})
		}
	}
	return strong, weak
}

// procfileDecides looks for the one language whose programs the Procfile's web process (else its first) starts.
func procfileDecides(dir fs.FS, apps []App) (int, string) {
	line := webLine(dir)
	if line == "" {
		return -1, ""
	}
	found := -1
	for i, a := range apps {
		for _, l := range languages {
			if l.name == a.Language && l.starts(line) {
				if found >= 0 {
					return -1, ""
				}
				found = i
			}
		}
	}
	return found, "Procfile: " + line
}

func webLine(dir fs.FS) string {
	text, err := fs.ReadFile(dir, "Procfile")
	if err != nil {
		return ""
	}
	first := ""
	for line := range strings.Lines(string(text)) {
		name, command, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if name == "web" {
			return strings.TrimSpace(command)
		}
		if first == "" {
			first = strings.TrimSpace(command)
		}
	}
	return first
}
