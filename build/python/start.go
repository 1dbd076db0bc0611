package python

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

// pythonFiles are the files by which Python apps are commonly started, in the order they are looked for.
var pythonFiles = []string{"main.py", "app.py", "server.py", "wsgi.py", "asgi.py", "bot.py", "run.py", "__main__.py"}

var (
	flaskApp   = regexp.MustCompile(`(?m)^(\w+)\s*(?::[^=]+)?=\s*(?:flask\.)?Flask\(`)
	fastAPIApp = regexp.MustCompile(`(?m)^(\w+)\s*(?::[^=]+)?=\s*(?:fastapi\.)?FastAPI\(`)
	runsItself = regexp.MustCompile(`(?m)^if\s+__name__\s*==`)
)

// start finds the start command by convention: the app's only script, then a framework's server where it is installed,
// then a file of a common name.
func (p *python) start() ([]language.Process, []string, error) {
	looked := append([]string{"[project.scripts] in pyproject.toml"}, pythonFiles...)
	if len(p.wants.names) == 1 {
		if script := filepath.Join(p.layer.Path, "bin", p.wants.names[0]); language.Exists(script) {
			return []language.Process{{Type: "web", Command: []string{script}, Why: "[project.scripts]"}}, looked, nil
		}
	}
	if language.Exists(filepath.Join(p.Dir, "manage.py")) && p.installed("gunicorn") {
		if wsgi, err := filepath.Glob(filepath.Join(p.Dir, "*", "wsgi.py")); err == nil && len(wsgi) == 1 {
			module := filepath.Base(filepath.Dir(wsgi[0])) + ".wsgi"
			return []language.Process{{Type: "web", Line: "gunicorn --bind 0.0.0.0:${PORT:-8080} " + module, Why: "manage.py and gunicorn"}}, looked, nil
		}
	}
	for _, file := range pythonFiles {
		text, err := os.ReadFile(filepath.Join(p.Dir, file))
		if err != nil {
			continue // absent
		}
		return []language.Process{p.startFile(file, string(text))}, looked, nil
	}
	return nil, looked, nil
}

// startFile starts one file: by the server of its framework where that is installed and the file does not run itself.
func (p *python) startFile(file, text string) language.Process {
	module := strings.TrimSuffix(file, ".py")
	if m := fastAPIApp.FindStringSubmatch(text); m != nil && p.installed("uvicorn") && !runsItself.MatchString(text) {
		return language.Process{Type: "web", Line: "uvicorn --host 0.0.0.0 --port ${PORT:-8080} " + module + ":" + m[1], Why: file + " and uvicorn"}
	}
	if m := flaskApp.FindStringSubmatch(text); m != nil && !runsItself.MatchString(text) {
		if p.installed("gunicorn") {
			return language.Process{Type: "web", Line: "gunicorn --bind 0.0.0.0:${PORT:-8080} " + module + ":" + m[1], Why: file + " and gunicorn"}
		}
		return language.Process{Type: "web", Line: "flask --app " + module + ":" + m[1] + " run --host 0.0.0.0 --port ${PORT:-8080}", Why: file + " and flask"}
	}
	return language.Process{Type: "web", Command: []string{"python3", file}, Why: file}
}

// installed tells whether pip installed a program.
func (p *python) installed(program string) bool {
	return language.Exists(filepath.Join(p.layer.Path, "bin", program))
}
