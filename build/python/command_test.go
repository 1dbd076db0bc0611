package python

import (
	"os"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestRunnersAreLeftOut: what tools run among an app's packages is on the PATH of the image, which has none of the tools.
func TestRunnersAreLeftOut(t *testing.T) {
	p := newPython(t, nil)
	languagetest.Write(t, p.Dir, map[string]string{"Pipfile": "[scripts]\nserve = \"gunicorn --bind :$PORT app:app\"\n"})
	p.Files = os.DirFS(p.Dir)
	p.plan = &plan{Manifest: &manifest{Commands: map[string]any{"web": map[string]any{"cmd": "flask run"}, "all": map[string]any{"composite": []any{"web"}}, "up": "cd src && python main.py"}}}
	for line, want := range map[string]string{
		"gunicorn app:app": "gunicorn app:app",
		"poetry run gunicorn --bind 0.0.0.0:$PORT app:app": "gunicorn --bind 0.0.0.0:$PORT app:app",
		"uv run --no-dev --frozen uvicorn app:app":         "uvicorn app:app",
		"uv run --package web -- flask run":                "flask run",
		"uv run main.py --port $PORT":                      "python3 main.py --port $PORT",
		"uv run -m shop.web":                               "python3 -m shop.web",
		"uv run --with httpx main.py":                      "uv run --with httpx main.py",
		"uv sync":                                          "uv sync",
		"uvx ruff":                                         "uvx ruff",
		"poetry run":                                       "poetry run",
		"cd web && exec pipenv run python manage.py x":     "cd web && exec python manage.py x",
		"pipenv run serve --reload":                        "gunicorn --bind :$PORT app:app --reload",
		"pdm run web":                                      "flask run",
		"pdm run all":                                      "all",
		"pdm run up":                                       "cd src && python main.py",
		"DEBUG=1 hatch run serve":                          "export DEBUG='1' && gunicorn --bind :$PORT app:app",
		"sh -c 'poetry run celery -A x worker'":            "celery -A x worker",
		"a | b":                                            "a | b", // told by the build
	} {
		p.Processes = []language.Process{{Type: "web", Line: line}}
		if got := p.started()[0].Line; got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
	p.Processes = []language.Process{{Type: "web", Command: []string{"uv", "run", "a b.py"}}}
	if got := p.started()[0].Line; got != "python3 'a b.py'" {
		t.Errorf("got %q", got)
	}
	p.Processes = nil
	if p.started() != nil {
		t.Error("an app that names no process has some")
	}
}

// TestAProcfileOfCommentsSaysNothing: what names no process leaves the start to the convention; one in project.toml does not, however
// it is written there.
func TestAProcfileOfCommentsSaysNothing(t *testing.T) {
	for _, row := range []struct {
		files     map[string]string
		processes []language.Process
		want      string
	}{
		{map[string]string{"Procfile": "# web: later\n"}, nil, "python3 app.py"},
		{map[string]string{"project.toml": "[dev.whittle]\nprocesses = [{type = \"web\", command = \"x\"}]\n"}, []language.Process{{Type: "web", Line: "x"}}, ""},
		{map[string]string{"project.toml": "# [[dev.whittle.processes]]\n"}, nil, "python3 app.py"},
	} {
		p := newPython(t, nil)
		languagetest.Write(t, p.Dir, map[string]string{"app.py": "x = 1\n"})
		languagetest.Write(t, p.Dir, row.files)
		p.Files, p.Root, p.Processes = os.DirFS(p.Dir), p.Dir, row.processes
		if err := language.Do(t.Context(), p.chooseDocs, p.chooseStart); err != nil || p.begin.Line != row.want {
			t.Errorf("%v: it starts by %q, %v; want %q", row.files, p.begin.Line, err, row.want)
		}
	}
}
