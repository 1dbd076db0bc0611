package plain

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/pages"
)

// hugoApp is a site of Hugo's whose Hugo is run.
func hugoApp(t *testing.T, run language.Runner) (s language.Site, asked *[]language.BuildPackage) {
	t.Helper()
	s, asked = languagetest.Site(t, run), &[]language.BuildPackage{}
	languagetest.Write(t, s.Dir, map[string]string{"hugo.toml": "publishDir = \"docs\"\n", "content/a.md": "", "themes/x/theme.toml": ""})
	with := s
	with.Env = map[string]string{"PATH": "/more/usr/bin"}
	s.More = func(_ context.Context, more []language.BuildPackage) (language.Site, error) {
		*asked = more
		return with, nil
	}
	return s, asked
}

// TestHugoMakesThePages: Debian's Hugo is for the build, and the image has the pages alone.
func TestHugoMakesThePages(t *testing.T) {
	s, asked := hugoApp(t, func(_ context.Context, c language.Command) error {
		if c.Args[0] != "hugo" || c.Args[1] != "--destination" || c.Env["PATH"] != "/more/usr/bin" {
			return errors.New("what runs is " + strings.Join(c.Args, " "))
		}
		languagetest.Write(t, c.Args[2], map[string]string{"index.html": "home", "404.html": "lost"})
		return nil
	})
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]language.BuildPackage{{Name: "hugo", By: "hugo.toml"}}, *asked); diff != "" {
		t.Error(diff)
	}
	layer, err := s.Layer(pages.Layer)
	if err != nil {
		t.Fatal(err)
	}
	config := languagetest.Read(t, filepath.Join(layer.Path, "nginx.conf"))
	if !strings.Contains(config, `root "`+layer.Path+`/pages";`) || !strings.Contains(config, "error_page 404 /404.html;") {
		t.Errorf("nginx.conf is %s", config)
	}
	if made.Processes[0].Why != "hugo.toml: Hugo" || len(made.Slices) != 2 || len(languagetest.Names(t, s.Dir)) != 0 {
		t.Errorf("got %+v, and the app keeps %v", made, languagetest.Names(t, s.Dir))
	}
}

// TestHugoFails gives what Hugo says when it fails, as it says it.
func TestHugoFails(t *testing.T) {
	for says, want := range map[string]string{
		`Error: failed to load modules: module "ananke" not found in "/workspace/themes/ananke"; either add it as a Hugo Module or store it in "/workspace/themes".`: "run `git submodule update --init` before the build",
		`Error: failed to load modules: binary with name "go" not found in PATH`:                                                                                     "run `hugo mod vendor` and commit _vendor",
		`ERROR Module "x" is not compatible with this Hugo version: 0.146.0 extended; run "hugo mod graph" for more information.`:                                    "make the pages before with the Hugo that the theme is for",
		"ERROR render of \"page\" failed\nError: error building site: x":                                                                                             "Correct what its last lines name",
	} {
		s, _ := hugoApp(t, func(_ context.Context, c language.Command) error {
			return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 1"), Output: says + "\n"}
		})
		_, err := compile(t.Context(), s)
		var problem *language.Problem
		if !errors.As(err, &problem) || !strings.Contains(problem.Next, want) || problem.What != "Hugo cannot make the pages" || len(problem.Evidence) == 0 {
			t.Errorf("%s: got %v", says, err)
		}
	}
}
