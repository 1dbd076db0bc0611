package build

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/language/languagetest/shout"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/slicer/manifest"
)

// TestLanguageIsOneFolderAndOneRow builds an app in a language that nothing but its row names: it is detected, compiled,
// kept for the next build, and told of in the SBOM.
func TestLanguageIsOneFolderAndOneRow(t *testing.T) {
	w := newWorkshop(t)
	w.languages = []language.Language{shout.Language}
	if err := os.Remove(w.app + "/go.mod"); err != nil {
		t.Fatal(err)
	}
	languagetest.Write(t, w.app, map[string]string{"app.shout": "hello"})
	log, err := w.run(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	loud := filepath.Join(w.layers, "shout", "loud")
	if got := languagetest.Read(t, loud); got != shout.Head+"HELLO" {
		t.Errorf("compiled to %q", got)
	}
	if !strings.Contains(log, "language: shout (found app.shout)") || !strings.Contains(log, "web: "+loud+" (app.shout, default)") {
		t.Errorf("the log is %s", log)
	}
	if l := w.layer(t, "shout"); !l.Types.Launch || !l.Types.Cache || l.Types.Build {
		t.Errorf("the layer is %+v", l)
	}
	if got := languagetest.Read(t, w.layers+"/shout/env.launch/SHOUT.default"); got != "1" {
		t.Errorf("the variable is %q", got)
	}
	if !strings.Contains(languagetest.Read(t, w.layers+"/shout.sbom.cdx.json"), "pkg:generic/loud@1") {
		t.Error("the SBOM does not know the component")
	}
	m, err := manifest.Read(strings.NewReader(languagetest.Read(t, w.layers+"/manifest/"+manifest.FileName)))
	if err != nil {
		t.Fatal(err)
	}
	want := &manifest.App{
		Language: "shout", Folder: w.app, Layers: []manifest.Layer{{Name: "shout", Path: w.layers + "/shout"}},
		Components: []manifest.Component{{Name: "loud", Version: "1", PURL: "pkg:generic/loud@1", From: "app.shout:1"}},
	}
	if diff := cmp.Diff(want, m.App); diff != "" {
		t.Error(diff)
	}
	languagetest.Write(t, w.layers, map[string]string{"shout/loud": shout.Head + "cached"})
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if got := languagetest.Read(t, loud); got != shout.Head+"cached" {
		t.Errorf("an equal layer was made again: %q", got)
	}
}

// TestFrontEndIsBuiltBeforeTheApp builds an app with a front end in another language beside it.
func TestFrontEndIsBuiltBeforeTheApp(t *testing.T) {
	w := newWorkshop(t)
	var order []string
	var fail error
	w.languages = append(w.languages, language.Language{
		Language: detect.Language{Name: "front", Files: []string{"front.json"}, FrontEnd: true},
		Assets: func(context.Context, language.Site) (language.Artifacts, error) {
			order = append(order, "front")
			return language.Artifacts{Notes: []string{"the front end is built"}}, fail
		},
	})
	compile := w.languages[0].Compile
	w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		order = append(order, "app")
		return compile(ctx, s)
	}
	languagetest.Write(t, w.app, map[string]string{"front.json": "{}"})
	log, err := w.run(t)
	if err != nil || strings.Join(order, " ") != "front app" || !strings.Contains(log, "the front end is built") {
		t.Errorf("order is %v: %v\n%s", order, err, log)
	}
	fail, order = errors.New("cannot build the front end"), nil
	if _, err := w.run(t); err == nil || !strings.Contains(err.Error(), "cannot build the front end") || strings.Join(order, " ") != "front" {
		t.Errorf("order is %v: %v", order, err)
	}
}

// TestFrontEndInAFolderIsBuiltBeforeTheApp builds an app whose sources name what a front end below it makes. An app whose own build
// tool builds front ends is left alone.
func TestFrontEndInAFolderIsBuiltBeforeTheApp(t *testing.T) {
	for _, row := range []struct {
		name  string
		calls func(fs.FS, map[string]string) []string
		want  []string
	}{
		{name: "named", want: []string{"web dist=1"}},
		{name: "the build tool builds it", calls: func(fs.FS, map[string]string) []string { return nil }},
	} {
		w := newWorkshop(t)
		named := []language.Named{{Path: "web/dist", By: "main.go line 3"}}
		w.languages[0].Named = func(fs.FS) []language.Named { return named }
		w.languages[0].Calls = row.calls
		var built []string
		w.languages = append(w.languages, language.Language{
			Language: detect.Language{Name: "front", Files: []string{"front.json"}, FrontEnd: true},
			FrontEnds: func(_ fs.FS, _ map[string]string, got []language.Named) ([]language.FrontEnd, error) {
				if diff := cmp.Diff(named, got); diff != "" {
					t.Error(diff)
				}
				return []language.FrontEnd{{Folder: "web", Env: map[string]string{"OUT": "dist=1"}}}, nil
			},
			Assets: func(_ context.Context, s language.Site) (language.Artifacts, error) {
				if _, err := fs.Stat(s.Files, "page.html"); err != nil || s.Dir != filepath.Join(s.Root, "web") {
					t.Errorf("%s: it is built in %s: %v", row.name, s.Dir, err)
				}
				built = append(built, s.FrontEnd.Folder+" "+s.Env["OUT"])
				return language.Artifacts{}, nil
			},
		})
		languagetest.Write(t, w.app, map[string]string{"web/page.html": ""})
		if log, err := w.run(t); err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		if diff := cmp.Diff(row.want, built); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// TestModulesOfNoLayerAreInTheSBOMOfTheImage: what a front end was compiled from lies in no layer of the image.
func TestModulesOfNoLayerAreInTheSBOMOfTheImage(t *testing.T) {
	w := newWorkshop(t)
	compile := w.languages[0].Compile
	w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		a, err := compile(ctx, s)
		a.Components, a.ComponentsIn = []language.Component{{Name: "vue", Version: "3", PURL: "pkg:npm/vue@3"}}, "none"
		return a, err
	}
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, format := range []string{"cdx", "spdx", "syft"} {
		if !strings.Contains(languagetest.Read(t, w.layers+"/launch.sbom."+format+".json"), "pkg:npm/vue@3") {
			t.Errorf("launch.sbom.%s.json does not know vue", format)
		}
	}
}

// TestPackagesAreThereBeforeTheFrontEnd builds an app whose front end may import what Prepare gets, and makes a layer of a folder
// that changes seldom, if it is the app's.
func TestPackagesAreThereBeforeTheFrontEnd(t *testing.T) {
	w := newWorkshop(t)
	var order []string
	compile := w.languages[0].Compile
	w.languages[0].Prepare = func(_ context.Context, s language.Site) error {
		order = append(order, "prepare")
		l, err := s.Layer("shared")
		l.Cache = true
		s.Keep(l, "1")
		return errors.Join(err, os.MkdirAll(l.Path, 0o755))
	}
	w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		order = append(order, "compile")
		l, err := s.Layer("shared")
		if err != nil {
			return language.Artifacts{}, err
		}
		l.Cache = true
		s.Keep(l, "2")
		a, err := compile(ctx, s)
		a.Seldom = []string{filepath.Join(s.Dir, "vendor"), filepath.Join(s.Dir, "none"), "/etc"}
		return a, err
	}
	w.languages = append(w.languages, language.Language{
		Language: detect.Language{Name: "front", Files: []string{"front.json"}, FrontEnd: true},
		Assets: func(context.Context, language.Site) (language.Artifacts, error) {
			order = append(order, "front end")
			return language.Artifacts{}, nil
		},
	})
	languagetest.Write(t, w.app, map[string]string{"front.json": "{}", "vendor/a": "1"})
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if diff := cmp.Diff([]string{"prepare", "front end", "compile"}, order); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	launch := languagetest.Read(t, w.layers+"/launch.toml")
	if strings.Count(launch, "[[slices]]") != 1 || !strings.Contains(launch, `paths = ["vendor"]`) {
		t.Errorf("launch.toml has other layers of the app:\n%s", launch)
	}
	if got := languagetest.Read(t, w.layers+"/shared.toml"); !strings.Contains(got, " 2\"") {
		t.Errorf("the layer was kept as it was first:\n%s", got)
	}
}

// TestCheckGoesBeforePackages has a language refuse the app: no package is looked for, and without packages it is asked once, by
// Compile.
func TestCheckGoesBeforePackages(t *testing.T) {
	for _, row := range []struct{ packages, want string }{
		{"libnosuch-dev", "checked: the lock is old"},
		{"", ""},
	} {
		w := newWorkshop(t)
		w.env = map[string]string{"BP_WHITTLE_BUILD_PACKAGES": row.packages}
		w.languages[0].Check = func(context.Context, language.Site) error { return errors.New("checked: the lock is old") }
		_, err := w.run(t)
		languagetest.Has(t, err, row.want)
	}
}
