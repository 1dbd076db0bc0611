package python

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestWhatStartsIsToldToLackModules has this machine's python3 read files that are started, and what they import.
func TestWhatStartsIsToldToLackModules(t *testing.T) {
	const installed = "there.py"
	for _, row := range []struct {
		name, line string
		files      map[string]string
		want       string // the file and the module; empty for no warning
	}{
		{"a file", "python3 app.py", map[string]string{"app.py": "import os, there\nfrom chalice.app import Chalice"}, "app.py imports chalice"},
		{"a module", "cd x && gunicorn --bind 0.0.0.0:${PORT:-8080} site.wsgi:application", map[string]string{"site/wsgi.py": "from falcon import App"}, "site/wsgi.py imports falcon"},
		{"a package below src", "uvicorn api:app", map[string]string{"src/api/__init__.py": "import fastapi"}, "src/api/__init__.py imports fastapi"},
		{"a module that Python runs", "python3 -u -m blog.main --port 1", map[string]string{"blog/main.py": "import falcon"}, "blog/main.py imports falcon"},
		{"a package that Python runs", "PYTHONPATH=src python3 -m blog", map[string]string{"src/blog/__init__.py": "", "src/blog/__main__.py": "import falcon"}, "src/blog/__main__.py imports falcon"},
		{"a server that Python runs", "python3 -m uvicorn --port 1 api:app", map[string]string{"api.py": "import fastapi"}, "api.py imports fastapi"},
		{"a file of that name that Python does not run", "python3 app.py -m blog", map[string]string{"app.py": "", "blog/__main__.py": "import falcon"}, ""},
		{"with a fallback", "python3 app.py", map[string]string{"app.py": "try:\n import ujson\nexcept ImportError:\n import json"}, ""},
		{"in a function", "python3 app.py", map[string]string{"app.py": "def f():\n import boto3"}, ""},
		{"another platform's", "python3 app.py", map[string]string{"app.py": "import sys\nif sys.platform == 'win32':\n import winsvc"}, ""},
		{"a module of the app in a folder", "python3 app.py", map[string]string{"app.py": "import sys\nsys.path.append('lib')\nimport mine", "lib/mine.py": ""}, ""},
		{"a compiled module of the app", "python3 app.py", map[string]string{"app.py": "import fast", "fast.cpython-313-x86_64-linux-gnu.so": ""}, ""},
		{"another file's", "python3 app.py", map[string]string{"app.py": "import os", "tools/lint.py": "import pylint"}, ""},
		{"a package of Debian's", "python3 app.py", map[string]string{"app.py": "import gi", "project.toml": "[dev.whittle.run]\nslices = [\"python3-gi\"]"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var p *python
			p = newPython(t, func(ctx context.Context, c language.Command) error {
				if c.Args[len(c.Args)-1] == p.sitePackages() {
					_, err := io.WriteString(c.Stdout, "{}")
					return err
				}
				cmd := exec.CommandContext(ctx, "python3", c.Args[1:]...)
				cmd.Stdout, cmd.Stderr = c.Stdout, os.Stderr
				return cmd.Run()
			})
			languagetest.Write(t, p.Dir, row.files)
			languagetest.Write(t, p.sitePackages(), map[string]string{installed: ""})
			p.begin.Line, p.Files, p.Root = row.line, os.DirFS(p.Dir), p.Dir
			var log bytes.Buffer
			p.Log = language.NewLog(&log, languagetest.Noon)
			scan, err := p.scanImports(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p.plan.By = "requirements.txt"
			if err := p.checkLacking(scan); err != nil {
				t.Fatal(err)
			}
			p.plan.By = ""
			listed := "nothing lists the app's packages\n  " + row.want
			if row.want == "" {
				listed = ""
			}
			languagetest.Has(t, p.checkLacking(scan), listed)
			if got := log.String(); (row.want == "") != (got == "") || !strings.Contains(got, row.want+", and neither the app nor its packages have it") && row.want != "" {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// TestSeveralPrograms are named where nothing says how the app starts.
func TestSeveralPrograms(t *testing.T) {
	const bot = "def main():\n    pass\nif __name__ == '__main__':\n    main()\n"
	for _, row := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"two bots", map[string]string{"echobot.py": bot, "timerbot.py": bot, "tools.py": "x = 1"}, []string{"files that run themselves: echobot.py, timerbot.py\n", `such as "web: python3 echobot.py".`}},
		{"none", map[string]string{"one.py": "x = 1", "two.py": "x = 1"}, []string{`such as "web: python3 app.py".`}},
		{"no file of Python", map[string]string{"README.md": ""}, []string{"the app's Python files, of which there is none", `"web: python3 app.py"`}},
	} {
		p := newPython(t, nil)
		p.Files = languagetest.Files(row.files)
		var err error
		if p.begin, err = findStart(p.Files, p.plan); err != nil {
			t.Fatal(err)
		}
		for _, want := range row.want {
			languagetest.Has(t, p.chooseStart(t.Context()), want)
		}
	}
}

// TestADjangoProjectWithoutPackages has a manage.py that would be the only file to start.
func TestADjangoProjectWithoutPackages(t *testing.T) {
	p := newPython(t, nil)
	p.Files = languagetest.Files(map[string]string{"manage.py": "try:\n    from django.core.management import execute_from_command_line\nexcept ImportError:\n    raise\n"})
	languagetest.Has(t, p.chooseStart(t.Context()), "nothing lists the app's packages\n  manage.py is a Django project's")
}
