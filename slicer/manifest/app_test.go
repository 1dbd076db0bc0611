package manifest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shop is the record of a Python app with a program in Go beside it.
func shop() *Manifest {
	const site = "/layers/w/packages/lib/python3.13/site-packages/"
	return &Manifest{Schema: Schema, Packages: []Package{{Name: "libz", Version: "1"}}, App: &App{
		Language: "python", Folder: "/workspace", Layers: []Layer{{Name: "packages", Path: "/layers/w/packages"}},
		Components: []Component{
			{Name: "Flask", Version: "3.1.0", PURL: "pkg:pypi/flask@3.1.0", License: "BSD-3-Clause", From: "requirements.txt: flask>=3", Paths: []string{"/layers/w/packages/bin/flask", site + "flask"}},
			{Name: "click", Version: "8.2", PURL: "pkg:pypi/click@8.2", From: "uv.lock:12", By: []string{"Flask", "black"}, Paths: []string{site + "click"}},
			{Name: "black", Version: "1", PURL: "pkg:pypi/black@1", By: []string{"click"}},
			{Name: "ms", Version: "2", PURL: "pkg:npm/ms@2", Paths: []string{site + "click/node_modules/ms"}},
			{Name: "google_cloud.x", Version: "1", PURL: "pkg:pypi/google-cloud-x@1"},
			{Name: "github.com/gin-gonic/gin", Version: "v1.10.0", PURL: "pkg:golang/github.com/gin-gonic/gin@v1.10.0", From: "go.mod:5", Paths: []string{"/layers/w/go/bin/web"}},
			{Name: "example.org/router/v2", Version: "v2.0.0", PURL: "pkg:golang/example.org/router/v2@v2.0.0", From: "go.mod:6", Paths: []string{"/layers/w/go/bin/web"}},
		},
	}}
}

func TestExplainKnowsTheApp(t *testing.T) {
	for _, row := range []struct{ query, want string }{
		{"flask", "module Flask 3.1.0\n  pkg:pypi/flask@3.1.0\n  licence BSD-3-Clause\n  in /layers/w/packages/bin/flask\n  in /layers/w/packages/lib/python3.13/site-packages/flask\n  named in requirements.txt: flask>=3\n"},
		{"click", "module click 8.2\n  pkg:pypi/click@8.2\n  in /layers/w/packages/lib/python3.13/site-packages/click\n  named in uv.lock:12\n  required by module Flask\n    named in requirements.txt: flask>=3\n" +
			"  required by module black\n    required by module click (see there)\n"},
		{"gin", "module github.com/gin-gonic/gin v1.10.0\n  pkg:golang/github.com/gin-gonic/gin@v1.10.0\n  in /layers/w/go/bin/web\n  named in go.mod:5\n"},
		{"router", "module example.org/router/v2 v2.0.0\n  pkg:golang/example.org/router/v2@v2.0.0\n  in /layers/w/go/bin/web\n  named in go.mod:6\n"},
		{"Google-Cloud-X", "module google_cloud.x 1\n  pkg:pypi/google-cloud-x@1\n  made by the build of the python app\n"},
		{"pkg:pypi/black@1", "module black 1\n  pkg:pypi/black@1\n  required by module click\n    named in uv.lock:12\n    required by module Flask\n      named in requirements.txt: flask>=3\n    required by module black (see there)\n"},
		{"/workspace/app.py", "/workspace/app.py\n  the app's own, from its source\n"},
		{"/layers/w/packages/lib/python3.13/site-packages/flask/app.py", "/layers/w/packages/lib/python3.13/site-packages/flask/app.py\n  of module Flask 3.1.0\n  pkg:pypi/flask@3.1.0\n  licence BSD-3-Clause\n" +
			"  in /layers/w/packages/bin/flask\n  in /layers/w/packages/lib/python3.13/site-packages/flask\n  named in requirements.txt: flask>=3\n"},
		{"/layers/w/packages/lib/python3.13/site-packages/click/node_modules/ms/x.js", "/layers/w/packages/lib/python3.13/site-packages/click/node_modules/ms/x.js\n  of module ms 2\n  pkg:npm/ms@2\n" +
			"  in /layers/w/packages/lib/python3.13/site-packages/click/node_modules/ms\n  made by the build of the python app\n"},
		{"/layers/w/packages/pyvenv.cfg", "/layers/w/packages/pyvenv.cfg\n  in layer packages\n  made by the build of the python app\n"},
		{"/layers/w/go/bin/web", "/layers/w/go/bin/web\n  made of 2 modules: github.com/gin-gonic/gin, example.org/router/v2\n  made by the build of the python app\n"},
	} {
		answers, err := Explain(shop(), row.query)
		if err != nil || len(answers) != 1 {
			t.Errorf("%s: %d answers, %v", row.query, len(answers), err)
			continue
		}
		var b strings.Builder
		if err := answers[0].Write(&b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, b.String()); diff != "" {
			t.Errorf("%s: %s", row.query, diff)
		}
	}
	for _, query := range []string{"nosuch", "v2", "/etc/passwd", "/workspaces/app.py"} {
		if answers, err := Explain(shop(), query); !errors.Is(err, ErrAbsent) {
			t.Errorf("%s: %v, %v", query, answers, err)
		}
	}
}

// TestExplainTellsPackageAndModuleOfOneName: a Debian package and a module of the app may have one name.
func TestExplainTellsPackageAndModuleOfOneName(t *testing.T) {
	m := shop()
	m.App.Components = append(m.App.Components, Component{Name: "libz", Version: "7"})
	answers, err := Explain(m, "libz")
	if err != nil || len(answers) != 2 || answers[0].Subject != "package libz 1" || answers[1].Subject != "module libz 7" {
		t.Errorf("got %+v, %v", answers, err)
	}
}

func TestMergeKeepsTheApp(t *testing.T) {
	if m := Merge(&Manifest{}, shop()); m.App == nil || m.App.Language != "python" {
		t.Errorf("got %+v", m.App)
	}
}
