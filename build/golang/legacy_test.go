package golang

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestLegacy reads what tools of the time before modules left.
func TestLegacy(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		path  string
		want  legacy
	}{
		{"nothing", nil, "app", legacy{}},
		{"govendor", map[string]string{"vendor/vendor.json": `{"rootPath": "example.com/old"}`}, "example.com/old", legacy{Path: "example.com/old"}},
		{
			"godep",
			map[string]string{"Godeps/Godeps.json": `{"ImportPath": "example.com/old", "Deps": [{"ImportPath": "example.com/dep/sub", "Comment": "v1-2", "Rev": "0123abcd"}]}`},
			"example.com/old",
			legacy{File: "Godeps/Godeps.json", Path: "example.com/old", Pins: []string{"example.com/dep/sub@0123abcd"}},
		},
		{
			"glide",
			map[string]string{"glide.yaml": "package: example.com/old\nimport:\n- package: example.com/dep\n", "glide.lock": "imports:\n- name: example.com/dep\n  version: 0123abcd\n"},
			"example.com/old",
			legacy{File: "glide.lock", Path: "example.com/old", Pins: []string{"example.com/dep@0123abcd"}},
		},
		{
			"dep",
			map[string]string{"Gopkg.lock": "[[projects]]\nname = \"example.com/a\"\nrevision = \"0123\"\nversion = \"v1.2.0\"\n[[projects]]\nbranch = \"master\"\nname = \"example.com/b\"\nrevision = \"4567\"\n"},
			"app",
			legacy{File: "Gopkg.lock", Pins: []string{"example.com/a@v1.2.0", "example.com/b@4567"}},
		},
		{"Heroku's", map[string]string{".godir": "go_example\n"}, "go_example", legacy{Path: "go_example"}},
		{"what is no path", map[string]string{".godir": "../x\n"}, "app", legacy{}},
		{"what would be an option of go", map[string]string{"glide.lock": "imports:\n- name: -x\n  version: y\n- name: example.com/a\n  version: x,y\ntestImports:\n- name: example.com/b\n  version: v1.0.0\n"}, "app", legacy{}},
		{"the app's own packages", map[string]string{"main.go": "package main\nimport (\n\"net/http\"\n\"example.com/old/http\"\n)\n", "http/h.go": "package http"}, "example.com/old", legacy{Own: "example.com/old"}},
		{"a record goes before them", map[string]string{".godir": "go_example", "main.go": "package main\nimport \"example.com/old/sub\"\n", "sub/s.go": "package sub"}, "go_example", legacy{Path: "go_example"}},
		{"packages by two paths", map[string]string{"main.go": "package main\nimport (\n\"a.com/x/sub\"\n\"b.com/y/sub\"\n)\n", "sub/s.go": "package sub"}, "app", legacy{}},
		{"a folder of another's name without Go", map[string]string{"main.go": "package main\nimport \"a.com/x/views\"\n", "views/index.html": ""}, "app", legacy{}},
		{"a vendored package of a folder's name", map[string]string{"main.go": "package main\nimport \"a.com/x/sub\"\n", "sub/s.go": "package sub", "vendor/a.com/x/sub/s.go": "package sub"}, "app", legacy{}},
		{"a file that is none", map[string]string{"Godeps/Godeps.json": "{", "Gopkg.lock": "[["}, "app", legacy{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := languagetest.Files(row.files)
			if diff := cmp.Diff(row.want, readLegacy(dir)); diff != "" {
				t.Error(diff)
			}
			if got := readLegacy(dir).importPath(); got != row.path {
				t.Errorf("the path is %s", got)
			}
		})
	}
}

// TestOnTheFlyTakesWhatALegacyLockPins asks go get for the versions of a lock that go does not read, before it decides the others.
func TestOnTheFlyTakesWhatALegacyLockPins(t *testing.T) {
	var ran [][]string
	g := golang{Site: languagetest.Site(t, func(_ context.Context, c language.Command) error {
		ran = append(ran, c.Args)
		return nil
	})}
	g.dir = g.Dir
	languagetest.Write(t, g.Dir, map[string]string{"main.go": mainText, "glide.yaml": "package: example.com/old\n", "glide.lock": "imports:\n- name: example.com/dep\n  version: 0123abcd\n"})
	if err := g.onTheFly(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"go", "get", "example.com/dep@0123abcd"}, {"go", "mod", "tidy"}}, ran); diff != "" {
		t.Error(diff)
	}
	if text, _, _ := language.ReadText(g.Files, "go.mod"); text != "module example.com/old\n\ngo 1.21\n" {
		t.Errorf("go.mod is %q", text)
	}
}
