package python

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// start is how an app starts by convention, decided before anything is installed.
type start struct {
	Line     string            // as in a Procfile
	Why      string            // "app.py: Flask, by gunicorn"
	Server   string            // a server that the app does not name: it is brought
	Program  string            // the program of the line, where a distribution brings it
	Docs     *docs             // the app is a site of pages, and nothing of Python's starts
	Guess    bool              // neither the name of the file nor its text says that it is a program
	Idle     []string          // the functions of the file that the line runs, where that does nothing else
	Answers  string            // the first of them that takes a request
	Django   *django           // its static files are collected
	Env      map[string]string // launch defaults
	Warnings []string
	// OldImport is a file of the app that imports what only setuptools brings, and the module.
	OldImport string
	Instance  string   // the folder in which a Flask app keeps its own files
	Looked    []string // where a start command was looked for
	Reflex    bool     // it is an app of Reflex, which the image cannot run as a whole
	Programs  []string // files that run themselves, of which nothing tells which is the app; where there is no start command
}

// reflexConfig is the file by which Reflex knows its apps.
const reflexConfig = "rxconfig.py"

const (
	onAll = language.OnAll
	port  = language.Port
)

// findStart decides how an app starts: by its script named start, by a framework, by its only script, by a file of a
// common name. A script that serves goes before the framework.
func findStart(dir fs.FS, p *plan) (start, error) {
	all, err := readModules(dir)
	if err != nil {
		return start{}, err
	}
	frameworks := "web frameworks in the app's Python files"
	if len(all) == 0 {
		frameworks += ", of which there is none"
	}
	looked := []string{"[project.scripts] and [tool.poetry.scripts] in pyproject.toml", frameworks, "files: " + strings.Join(commonNames[:len(commonNames)-1], ", "), "sites of MkDocs, Sphinx, Pelican and Lektor"}
	if language.IsFile(dir, reflexConfig) && p.may([]string{"reflex"}) {
		return start{Looked: looked, Reflex: true}, nil
	}
	for _, find := range []func(fs.FS, []module, *plan) *start{byScript, byDjango, byFunction, byFramework, byOnlyScript, byDocs, byFile} {
		if s := find(dir, all, p); s != nil {
			s.Looked, s.OldImport, s.Instance = looked, oldImportOf(all), instanceFolder(all, p)
			return *s, nil
		}
	}
	none := start{Looked: looked, OldImport: oldImportOf(all), Instance: instanceFolder(all, p)}
	for _, m := range all {
		if path.Dir(m.Path) == "." && runsItself.MatchString(m.Code) {
			none.Programs = append(none.Programs, m.Path)
		}
	}
	return none, nil
}

// byFramework takes the first file in the order of common names that a web framework explains.
func byFramework(_ fs.FS, all []module, p *plan) *start {
	if agents := adkAgents(all, p); agents != "" {
		return &start{Line: "adk web --host " + onAll + " --port " + port + " " + agents, Why: "google-adk agents in " + agents, Program: "adk"}
	}
	for _, wantCommon := range []bool{true, false} {
		for _, m := range all {
			if m.common() != wantCommon {
				continue
			}
			if s := byTool(m, p); s != nil {
				return s
			}
			if o := findObject(m, all, p); o != nil {
				return serve(*o, all, p)
			}
			if s := byBottle(m, all, p); s != nil {
				return s
			}
		}
	}
	return nil
}

// tool is a framework whose own program runs a file.
type tool struct {
	Dist   string
	Module *regexp.Regexp
	Also   *regexp.Regexp // further evidence in the file, or nil
	Line   string         // FILE stands for the file, MODULE for its dotted name
	Env    map[string]string
}

var tools = []tool{
	{"streamlit", importPattern("streamlit"), nil, "streamlit run --server.address " + onAll + " --server.port " + port + " --server.headless true --browser.gatherUsageStats false FILE", map[string]string{"STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none"}},
	{"chainlit", importPattern("chainlit"), regexp.MustCompile(`(?m)^@(?:\w+)\.\w+`), "chainlit run --headless --host " + onAll + " --port " + port + " FILE", nil},
	{"solara", importPattern("solara"), regexp.MustCompile(`component`), "solara run --production --no-open --host " + onAll + " --port " + port + " FILE", nil},
	{"shiny", importPattern("shiny"), regexp.MustCompile(`(?m)^app\s*=|shiny\.express`), "shiny run --host " + onAll + " --port " + port + " FILE", nil},
	{"panel", importPattern("panel"), regexp.MustCompile(`\.servable\(`), "panel serve --address " + onAll + " --port " + port + " --allow-websocket-origin \"*\" FILE", nil},
	{"marimo", importPattern("marimo"), regexp.MustCompile(`(?m)^app\s*=\s*marimo\.App\(`), "marimo run --headless --host " + onAll + " --port " + port + " FILE", nil},
	{"mesop", importPattern("mesop"), regexp.MustCompile(`\.page\(`), "mesop --port " + port + " --prod FILE", nil},
	{"gradio", importPattern("gradio"), regexp.MustCompile(`\.launch\(`), "GRADIO_SERVER_PORT=" + port + " python3 FILE", map[string]string{"GRADIO_SERVER_NAME": onAll, "GRADIO_ANALYTICS_ENABLED": "False"}},
	{"locust", importPattern("locust"), regexp.MustCompile(`(?m)^class \w+\(.*User\b`), "locust --web-host " + onAll + " --web-port " + port + " -f FILE", nil},
	{"nicegui", importPattern("nicegui"), regexp.MustCompile(`\bui\.run\(`), "python3 FILE", map[string]string{"NICEGUI_STORAGE_PATH": "/tmp/.nicegui"}},
	{"robyn", importPattern("robyn"), regexp.MustCompile(`\.start\(`), "ROBYN_PORT=" + port + " python3 FILE", map[string]string{"ROBYN_HOST": onAll}},
}

// byTool is the start of a module that a tool runs, such as Streamlit; nil where none does.
func byTool(m module, p *plan) *start {
	if strings.Contains("/"+m.Path, "/pages/") {
		return nil
	}
	for _, t := range tools {
		if !t.Module.MatchString(m.Code) || t.Also != nil && !t.Also.MatchString(m.Code) || !p.may([]string{t.Dist}) {
			continue
		}
		if t.Dist != "streamlit" || usesStreamlit.MatchString(m.Code) {
			s := &start{Line: strings.ReplaceAll(t.Line, "FILE", quote(m.Path)), Why: m.Path + ": " + t.Dist, Env: t.Env, Program: t.Dist}
			if strings.Contains(t.Line, "python3") {
				s.Program = ""
				if t.Dist == "gradio" {
					s.warnLoopback(m)
				}
			}
			return s
		}
	}
	return nil
}

var (
	usesStreamlit  = regexp.MustCompile(`\b(?:st|streamlit)\.\w+`)
	importsFastAPI = importPattern("fastapi")
	rootAgent      = regexp.MustCompile(`(?m)^root_agent\s*(?::[^=\n]+)?=`)
)

// adkAgents is the folder of agents of Google's agent development kit: it has folders with an agent.py each.
func adkAgents(all []module, p *plan) string {
	if !p.may([]string{"google-adk"}) {
		return ""
	}
	for _, m := range all {
		if importsFastAPI.MatchString(m.Code) && m.common() && path.Base(m.Path) != "agent.py" {
			return "" // the app serves its agents itself
		}
	}
	for _, m := range all {
		if base := path.Base(m.Path); (base == "agent.py" || base == "__init__.py") && rootAgent.MatchString(m.Code) && path.Dir(m.Path) != "." {
			return path.Dir(path.Dir(m.Path))
		}
	}
	return ""
}

var (
	importsBottle = importPattern("bottle")
	// bottled matches a route of Bottle's default app, which has no name.
	bottled = regexp.MustCompile(`(?m)^@(?:bottle\.)?(?:route|get|post)\(`)
)

// byBottle serves Bottle's default app by Bottle's own program, which imports the file and starts no other server.
func byBottle(m module, all []module, p *plan) *start {
	if !importsBottle.MatchString(m.Code) || !bottled.MatchString(m.Code) || !p.may([]string{"bottle"}) {
		return nil
	}
	root := m.root(all)
	s := &start{Line: inFolder(root) + "python3 -m bottle --bind " + onAll + ":" + port, Why: m.Path + ": Bottle"}
	switch {
	case p.has("waitress"):
		s.Line, s.Why = s.Line+" --server waitress", s.Why+", by waitress"
	case p.has("gunicorn") || !p.NoIndex:
		s.Line, s.Why = s.Line+" --server gunicorn", s.Why+", by gunicorn"
		if !p.has("gunicorn") {
			s.Server = "gunicorn"
		}
	}
	s.Line += " " + m.dotted(root)
	return s
}

func gradioEnv(p *plan) map[string]string {
	if p.has("gradio") {
		return map[string]string{"GRADIO_SERVER_NAME": onAll}
	}
	return nil
}

// byFile runs a file: one of a common name, else the only one in the root, the only one there that runs itself, or of those the only
// one that is a server. src is the root where that has no file of its own.
func byFile(_ fs.FS, all []module, p *plan) *start {
	var lone, inSource []module
	for _, m := range all {
		base := path.Base(m.Path)
		if base == "__init__.py" || m.isOthers() || base == "manage.py" && strings.Contains(m.Text, "django.core.management") {
			continue
		}
		switch path.Dir(m.Path) {
		case ".":
			lone = append(lone, m)
		case "src":
			inSource = append(inSource, m)
		}
		isTop := slices.Contains([]string{".", "src"}, path.Dir(m.Path))
		if !m.common() || !isTop && !runsItself.MatchString(m.Code) && base != "__main__.py" {
			continue
		}
		return runFile(m, all, p)
	}
	if len(lone) == 0 {
		lone = inSource
	}
	for _, is := range []*regexp.Regexp{nil, runsItself, serves} {
		if is != nil {
			lone = slices.DeleteFunc(lone, func(m module) bool { return !is.MatchString(m.Code) })
		}
		if len(lone) == 1 {
			return runFile(lone[0], all, p)
		}
	}
	return nil
}

var (
	runsItself = regexp.MustCompile(`(?m)^if\s+__name__\s*==`)
	relative   = regexp.MustCompile(`(?m)^\s*from\s+\.`)
)

// runFile is the start of a file by Python itself, as a module where it imports by its package.
func runFile(m module, all []module, p *plan) *start {
	s := &start{Line: "python3 " + quote(m.Path), Why: m.Path, Env: gradioEnv(p), Guess: !m.common() && !m.isProgram()}
	root := m.root(all)
	switch {
	case path.Base(m.Path) == "__main__.py" && path.Dir(m.Path) != ".":
		s.Line = "python3 -m " + strings.TrimSuffix(m.dotted(root), ".__main__")
	case path.Dir(m.Path) != "." && (relative.MatchString(m.Code) || root == "." && importsFrom(m, path.Dir(m.Path))):
		s.Line = "python3 -m " + m.dotted(root)
	}
	if root == "src" && strings.Contains(s.Line, " -m ") {
		s.Line = "PYTHONPATH=src " + s.Line
	}
	s.warnLoopback(m)
	if s.Idle = m.idle(all); len(s.Idle) > 0 {
		s.Guess = true
		if found := plainFunction.FindStringSubmatch(m.Code); found != nil {
			s.Answers = found[1]
		}
	} else if s.Guess {
		s.Warnings = append(s.Warnings, m.Path+" is started because there is no other file, and nothing in it says that it is a program: if the app ends at once, write a Procfile with what starts it")
	}
	return s
}

// importsFrom tells whether a file imports the package it lies in by its full name.
func importsFrom(m module, folder string) bool {
	top, _, _ := strings.Cut(folder, "/")
	return importPattern(top).MatchString(m.Code)
}

// quote writes a word for a start command.
func quote(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=+-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
}
