package golang

import (
	"context"
	"fmt"
	"go/version"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// form is a version of Go as settings and version files have it: exact ("1.25.3", "1.26rc1"), or the newest of a line ("1.25",
// "1.25.*").
var form = regexp.MustCompile(`^(1\.[0-9]+)(\.[0-9]+|(?:rc|beta)[0-9]+|\.[*x])?$`)

// toolchain makes go use the version that BP_GO_VERSION or a version file asks for. Without one, go follows the directives of
// go.mod and go.work, and gets a newer toolchain than the build image's through the module proxy.
func (g *golang) toolchain(ctx context.Context) error {
	w, err := g.wish()
	if err == nil && w.Spec == "" {
		w, err = g.herokuWish(ctx)
	}
	if err != nil || w.Spec == "" {
		return err
	}
	m := form.FindStringSubmatch(strings.TrimPrefix(w.Spec, "go"))
	if m == nil {
		return &language.Problem{
			What: fmt.Sprintf("%q, which %s asks for, is no version of Go", w.Spec, w.From),
			Next: "Write a version such as 1.26.1, or 1.26 for its newest release; or leave it out, and go.mod decides.",
		}
	}
	local, err := g.localVersion(ctx)
	if err != nil {
		return err
	}
	line, patch := m[1], m[2]
	exact := patch != "" && patch != ".*" && patch != ".x"
	if exact && line+patch == local || !exact && version.Lang("go"+local) == "go"+line {
		return g.take(local, w.From+", the one of the build image", w)
	}
	available, err := g.released(ctx)
	if err != nil {
		return err
	}
	found := slices.IndexFunc(available, func(v string) bool {
		return exact && v == line+patch || !exact && version.Lang("go"+v) == "go"+line && !strings.ContainsAny(v, "rb")
	})
	if found < 0 {
		p := language.NotHere("Go", w, "in the build image: "+local, "from the module proxy: "+lines(available))
		p.Next = "Ask for one of these, or leave it out: go.mod says what the app needs at least."
		return p
	}
	return g.take(available[found], w.From, w)
}

// wish is what the user says about the version, or nothing: a setting, Heroku's and Google's among them, .go-version, the files of tool
// managers; the app's folder before the project's.
func (g *golang) wish() (language.Wish, error) {
	if said, name := language.Said(g.Env, "BP_GO_VERSION", "GOVERSION", "GOOGLE_GO_VERSION", language.GoogleVersion); said != "" {
		return language.Wish{Spec: said, From: name}, nil
	}
	project, folder, err := g.Project()
	if err != nil {
		return language.Wish{}, err
	}
	folders := []fs.FS{g.Files}
	if folder != "." {
		folders = append(folders, project)
	}
	for _, files := range folders {
		all, err := language.FileWishes(files, ".go-version", "go", "golang")
		if err != nil {
			return language.Wish{}, err
		}
		if len(all) > 0 {
			return all[0], nil
		}
	}
	return language.Wish{}, nil
}

// herokuWish is the version that Heroku's directive in go.mod asks for, where it is newer than the build image's and than what go.mod
// asks for anyway: it is what the app was made with, and newer ones build it as well.
func (g *golang) herokuWish(ctx context.Context) (language.Wish, error) {
	text, _, err := language.ReadText(g.Files, "go.mod")
	found := herokuVersion.FindStringSubmatch(text)
	if err != nil || found == nil {
		return language.Wish{}, err
	}
	local, err := g.localVersion(ctx)
	if err != nil {
		return language.Wish{}, err
	}
	spec := strings.TrimPrefix(found[1], "go")
	wanted := version.Lang("go" + spec)
	if wanted != "" && version.Compare(wanted, version.Lang("go"+local)) <= 0 {
		return language.Wish{}, nil
	}
	if m := minimum.FindStringSubmatch(text); m != nil && version.Compare("go"+m[1], wanted) >= 0 && wanted != "" {
		return language.Wish{}, nil
	}
	return language.Wish{Spec: spec, From: "go.mod (+heroku goVersion)"}, nil
}

// take makes go use a version, if go.mod and go.work allow it.
func (g *golang) take(chosen, why string, w language.Wish) error {
	for _, file := range []string{"go.work", "go.mod"} {
		text, _, err := language.ReadText(g.Files, file)
		if err != nil {
			return err
		}
		if m := minimum.FindStringSubmatch(text); m != nil && version.Compare("go"+m[1], "go"+chosen) > 0 {
			return language.Disagree("Go", w, language.Wish{Spec: "go " + m[1] + " at least", From: file})
		}
	}
	g.env["GOTOOLCHAIN"] = "go" + chosen
	g.Log.Line("version: %s (%s)", chosen, why)
	return nil
}

// minimum is the directive go of go.mod and go.work.
var minimum = regexp.MustCompile(`(?m)^go[ \t]+(1\.[0-9]+(?:\.[0-9]+|rc[0-9]+|beta[0-9]+)?)\b`)

// localVersion is the version of the build image's own Go: "1.24.4".
func (g *golang) localVersion(ctx context.Context) (string, error) {
	if g.local != "" {
		return g.local, nil
	}
	out, err := language.Output(ctx, g.Run, language.Command{Args: []string{"go", "version"}, Dir: g.Temp, Env: language.With(g.Env, map[string]string{"GOTOOLCHAIN": "local"})})
	if err != nil {
		return "", fmt.Errorf("cannot find Go in the build image: %w", err)
	}
	words := strings.Fields(out) // go version go1.24.4 linux/amd64
	if len(words) < 3 {
		return "", fmt.Errorf("cannot tell the version of the build image's Go: it says %q", out)
	}
	g.local = strings.TrimPrefix(words[2], "go")
	return g.local, nil
}

// released lists the toolchains that the module proxy has for this architecture, the newest first. Go fetches none before
// 1.21.
func (g *golang) released(ctx context.Context) ([]string, error) {
	out, err := g.output(ctx, map[string]string{"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOWORK": "off"}, "list", "-m", "-versions", "golang.org/toolchain")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, word := range strings.Fields(out) {
		v, ok := strings.CutSuffix(word, ".linux-"+g.Arch)
		if v = strings.TrimPrefix(v, "v0.0.1-go"); ok && version.Compare("go"+v, "go1.21") >= 0 {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return version.Compare("go"+b, "go"+a) })
	return all, nil
}

// lines lists the newest release of each line of Go.
func lines(available []string) string {
	var all []string
	seen := map[string]bool{}
	for _, v := range available {
		if l := version.Lang("go" + v); !seen[l] && !strings.ContainsAny(v, "rb") {
			seen[l] = true
			all = append(all, v)
		}
	}
	return language.List(all)
}
