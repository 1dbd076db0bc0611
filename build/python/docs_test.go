package python

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/pages"
)

// press is a site whose Python, pip and generators are this function: pip brings the generators, and they make a page.
type press struct {
	t     *testing.T
	ran   []string // what generators were called with
	epoch string
	fails string // what a generator says before it fails
	lacks bool   // pip brings no generator
}

func (r *press) run(_ context.Context, c language.Command) error {
	switch {
	case c.Args[len(c.Args)-1] == "--version":
		fmt.Fprintln(c.Stdout, "Python 3.13.5")
	case c.What == "pip install" && !r.lacks:
		bin := filepath.Dir(c.Env["PIP_PYTHON"])
		for _, g := range generators {
			languagetest.Write(r.t, bin, map[string]string{g.Program: ""})
		}
	case c.Args[0] == "git":
		fmt.Fprintln(c.Stdout, "1700000000")
	case c.Args[0] == filepath.Join(c.Env["VIRTUAL_ENV"], "bin", c.What):
		if r.fails != "" {
			return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 1"), Output: r.fails}
		}
		args := strings.Join(append([]string{filepath.Base(c.Args[0])}, c.Args[1:]...), " ")
		at := strings.Index(args, "/pages")
		root := args[strings.LastIndex(args[:at], " ")+1:at] + "/pages"
		languagetest.Write(r.t, root, map[string]string{"index.html": "home", "404.html": "lost"})
		r.ran, r.epoch = append(r.ran, strings.NewReplacer(root, "PAGES", filepath.Join(c.Env["HOME"], "docs"), "TEMP").Replace(args)), c.Env["SOURCE_DATE_EPOCH"]
	}
	return nil
}

const rtdSphinx = "version: 2\nsphinx:\n  configuration: doc/en/conf.py\n  builder: dirhtml\n  fail_on_warning: true\npython:\n  install:\n  - requirements: doc/en/needs.txt\n"

// TestDocsAreMade makes a site of each generator: with what it is called, and that the image has its pages and nothing else.
func TestDocsAreMade(t *testing.T) {
	const sphinx = "extensions = []\n"
	type app = map[string]string
	for _, row := range []struct {
		name  string
		files app
		want  string // the generator's command line
		why   string
	}{
		{"MkDocs", app{"mkdocs.yml": "site_dir: public\n", "requirements.txt": "mkdocs-material==9\n"}, "mkdocs build --config-file mkdocs.yml --site-dir PAGES", "mkdocs.yml: MkDocs"},
		{"MkDocs with hooks and macros", app{"mkdocs.yaml": "", "requirements.txt": "mkdocs\n", "main.py": "def define_env(env):\n  pass\n", "hooks.py": ""}, "mkdocs build --config-file mkdocs.yaml --site-dir PAGES", "mkdocs.yaml: MkDocs"},
		{"Sphinx with its usual folders", app{"source/conf.py": sphinx, "make.bat": "", "requirements.txt": "furo\n"}, "sphinx-build -q -b html -d TEMP source PAGES", "source/conf.py: Sphinx"},
		{"Sphinx in docs, with packages of its own", app{"docs/conf.py": sphinx, "docs/requirements.txt": "sphinx==8\n", "lib.py": "x = 1\n", "pyproject.toml": "[project]\nname = \"lib\"\n"}, "sphinx-build -q -b html -d TEMP docs PAGES", "docs/conf.py: Sphinx"},
		{"Sphinx in the root, with a library to find", app{"conf.py": "import django\ndjango.setup()\n" + sphinx, "docs-requirements.txt": "sphinx\n"}, "sphinx-build -q -b html -d TEMP . PAGES", "conf.py: Sphinx"},
		{"as .readthedocs.yaml says", app{".readthedocs.yaml": rtdSphinx, "doc/en/conf.py": sphinx, "docs/conf.py": sphinx, "doc/en/needs.txt": "sphinx\n"}, "sphinx-build -q -b dirhtml -d TEMP -W --keep-going doc/en PAGES", "doc/en/conf.py: Sphinx"},
		{"packages in a group", app{"mkdocs.yml": "", "pyproject.toml": "[project]\nname = \"lib\"\n[dependency-groups]\ndocs = [\"mkdocs\"]\n", "lib.py": ""}, "mkdocs build --config-file mkdocs.yml --site-dir PAGES", "mkdocs.yml: MkDocs"},
		{"packages in an extra", app{"mkdocs.yml": "", "pyproject.toml": "[project]\nname = \"lib\"\n[project.optional-dependencies]\ndoc = [\"mkdocs\"]\n"}, "mkdocs build --config-file mkdocs.yml --site-dir PAGES", "mkdocs.yml: MkDocs"},
		{"Pelican", app{"pelicanconf.py": "SITENAME = 'x'\n", "publishconf.py": "", "content/a.md": "", "tasks.py": "", "requirements.txt": "pelican[markdown]\n"}, "pelican content --settings publishconf.py --output PAGES --fatal errors", "publishconf.py: Pelican"},
		{"Pelican that names its folder", app{"pelicanconf.py": "PATH = 'texts'\n", "content/a.md": "", "requirements.txt": "pelican\n"}, "pelican --settings pelicanconf.py --output PAGES --fatal errors", "pelicanconf.py: Pelican"},
		{"Lektor", app{"my.lektorproject": "", "requirements.txt": "lektor\n"}, "lektor --project my.lektorproject build --output-path PAGES", "my.lektorproject: Lektor"},
		{"a file that says how pages are served", app{"mkdocs.yml": "", "requirements.txt": "mkdocs\n", "Staticfile": "force_https: true\n"}, "mkdocs build --config-file mkdocs.yml --site-dir PAGES", "Staticfile"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &press{t: t}
			s := languagetest.Site(t, r.run)
			languagetest.Write(t, s.Dir, row.files)
			launch := map[string]bool{}
			keep := s.Keep
			s.Keep = func(l language.Layer, key string) { launch[l.Name] = l.Launch; keep(l, key) }
			made, err := compile(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{row.want}, r.ran); diff != "" {
				t.Error(diff)
			}
			if made.Processes[0].Why != row.why || len(made.Roots)+len(made.Components)+len(made.Libraries) > 0 || len(made.Slices) != 2 {
				t.Errorf("got %+v", made)
			}
			if diff := cmp.Diff(map[string]bool{pages.Layer: true, layerPackages: false, layerPip: false}, launch); diff != "" {
				t.Errorf("layers of the image: %s", diff)
			}
			if left := languagetest.Names(t, s.Dir); len(left) > 0 {
				t.Errorf("the app keeps %v", left)
			}
			layer, _ := s.Layer(pages.Layer)
			config := languagetest.Read(t, filepath.Join(layer.Path, "nginx.conf"))
			if !strings.Contains(config, `root "`+layer.Path+`/pages";`) || !strings.Contains(config, "error_page 404 /404.html;") || strings.Contains(config, "return 301") != (row.why == "Staticfile") {
				t.Errorf("nginx.conf is %s", config)
			}
			if r.epoch != "315532800" {
				t.Errorf("the time of the pages is %s", r.epoch)
			}
		})
	}
}

// TestDocsHaveTheTimeOfTheLastCommit: a clock would make another image of each build.
func TestDocsHaveTheTimeOfTheLastCommit(t *testing.T) {
	for want, env := range map[string]map[string]string{"1700000000": {}, "1234": {"SOURCE_DATE_EPOCH": "1234"}} {
		r := &press{t: t}
		s := languagetest.Site(t, r.run)
		s.Env = env
		languagetest.Write(t, s.Dir, map[string]string{"mkdocs.yml": "", "requirements.txt": "mkdocs\n", ".git/HEAD": ""})
		if _, err := compile(t.Context(), s); err != nil || r.epoch != want {
			t.Errorf("the time is %s, want %s (%v)", r.epoch, want, err)
		}
	}
}

// TestDocsAreTheLastConvention has apps that are something else, and documentation beside it.
func TestDocsAreTheLastConvention(t *testing.T) {
	const conf = "html_theme = 'furo'\n"
	type app = map[string]string
	for _, row := range []struct {
		name  string
		files app
		want  string // the start command, or a part of the error
	}{
		{"a framework's app", app{"mkdocs.yml": "", "requirements.txt": "flask\nmkdocs\n", "app.py": "from flask import Flask\napp = Flask(__name__)\n"}, "gunicorn --bind 0.0.0.0:${PORT:-8080} app:app"},
		{"a script", app{"docs/conf.py": conf, "requirements.txt": "sphinx\n", "bot.py": "if __name__ == '__main__':\n  run()\n"}, "python3 bot.py"},
		{"the only script", app{"mkdocs.yml": "", "pyproject.toml": "[project]\nname = \"x\"\ndependencies = [\"mkdocs\"]\n[project.scripts]\nserve-it = \"x:main\"\n", "x.py": "def main():\n  pass\n"}, "serve-it"},
		{"a script, and packages of the documentation", app{"docs/conf.py": conf, "docs/requirements.txt": "sphinx\n", "main.py": "if __name__ == '__main__':\n  run()\n"}, "python3 main.py"},
		{"a bot that does not ask for its name, and packages of the documentation", app{"docs/conf.py": conf, "docs/requirements.txt": "sphinx\n", "main.py": "import discord\nclient = discord.Client()\nclient.run('x')\n"}, "python3 main.py"},
		{"a bot with the generator among its packages", app{"mkdocs.yml": "", "requirements.txt": "discord.py\nmkdocs\n", "bot.py": "import sys\nwhile True:\n  look()\n"}, "python3 bot.py"},
		{"a file of a common name, and packages of the documentation nowhere", app{"mkdocs.yml": "", "requirements.txt": "requests\n", "main.py": "from weather import *\n"}, "python3 main.py"},
		{"a file of another name, and packages of the documentation nowhere", app{"mkdocs.yml": "", "requirements.txt": "requests\n", "weather.py": "asyncio.run(main())\n"}, "python3 weather.py"},
		{"a Procfile", app{"mkdocs.yml": "", "requirements.txt": "mkdocs\n", "Procfile": "web: mkdocs serve\n"}, ""},
		{"a program, as far as anybody can tell", app{"docs/conf.py": conf, "tool.py": "run()\n"}, "python3 tool.py"},
		{"no list of packages", app{"mkdocs.yml": "theme:\n  name: material\nplugins:\n- search\n- awesome-pages:\n    x: 1\nmarkdown_extensions:\n- x: !!python/name:a.b\n"}, "Write requirements.txt with a line for each package that makes the pages: mkdocs, mkdocs-awesome-pages-plugin, mkdocs-material."},
		{"a list without the generator", app{"pelicanconf.py": "", "requirements.txt": "markdown\n"}, "Add pelican to requirements.txt to serve its pages"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := languagetest.Site(t, (&press{t: t}).run)
			languagetest.Write(t, s.Dir, row.files)
			if line, ok := strings.CutPrefix(row.files["Procfile"], "web: "); ok {
				s.Processes = []language.Process{{Type: "web", Line: line, Why: "Procfile"}}
			}
			p := python{Site: s, version: "3.13.5", interpreter: systemPython}
			err := language.Do(t.Context(), p.choosePackages, p.chooseDocs, p.chooseStart)
			var problem *language.Problem
			switch {
			case errors.As(err, &problem):
				if !strings.Contains(problem.Next, row.want) || row.want == "" {
					t.Errorf("got %v: %s", err, problem.Next)
				}
			case err != nil:
				t.Error(err)
			case p.begin.Docs != nil || p.begin.Line != row.want:
				t.Errorf("got %q (%+v), want %q", p.begin.Line, p.begin.Docs, row.want)
			}
		})
	}
}

// TestDocsClaimNoOtherApp: a folder is documentation where nothing else is in it.
func TestDocsClaimNoOtherApp(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"mkdocs.yml":       {"mkdocs.yml": "", "docs/index.md": ""},
		"docs/conf.py":     {"docs/conf.py": "extensions = []\n"},
		"":                 {"mkdocs.yml": "", "main.go": "package main\n"},
		"x.lektorproject":  {"x.lektorproject": ""},
		"doc/mkdocs.yml":   {".readthedocs.yml": "mkdocs:\n  configuration: doc/mkdocs.yml\n", "doc/mkdocs.yml": ""},
		"source/conf.py":   {"conf.py": "BLOG_TITLE = 'x'\n", "source/conf.py": "root_doc = 'x'\n"},
		" ":                {"mkdocs.yml": "", "app.jar": ""},
		"docs/mkdocs.yml ": {"docs/mkdocs.yml": "", ".readthedocs.yaml": "\t"},
	} {
		if got := strings.Join(isDocs(languagetest.Files(files)), " "); got != strings.TrimSpace(want) {
			t.Errorf("%v: got %q, want %q", files, got, want)
		}
	}
}

// TestFailedDocsNameWhatTheyLack gives what generators say when they fail, as they say it.
func TestFailedDocsNameWhatTheyLack(t *testing.T) {
	mkdocs := map[string]string{"mkdocs.yml": "", "requirements.txt": "mkdocs\n"}
	sphinx := map[string]string{"conf.py": "extensions = []\n", "requirements.txt": "sphinx\n"}
	for _, row := range []struct {
		name  string
		files map[string]string
		says  string
		want  string
	}{
		{"a theme", mkdocs, "ERROR   -  Config value 'theme': Unrecognised theme name: 'material'. The available installed themes are: mkdocs, readthedocs\n", "Add mkdocs-material, which has the theme material, to requirements.txt."},
		{"a theme of a newer one", mkdocs, "Unrecognised theme name: 'readthedocs'.", "Ask in requirements.txt for a newer mkdocs, which has the theme readthedocs."},
		{"a plugin", mkdocs, "ERROR   -  Config value 'plugins': The \"awesome-pages\" plugin is not installed\n", "Add mkdocs-awesome-pages-plugin, which has the plugin awesome-pages, to requirements.txt."},
		{"a theme's plugin", mkdocs, "The \"material/blog\" plugin is not installed", "Add mkdocs-material, which has the plugin material/blog, to requirements.txt."},
		{"an extension", mkdocs, "Failed to load extension 'pymdownx.superfences'.\nModuleNotFoundError: No module named 'pymdownx'\n", "Add pymdown-extensions, which has the module pymdownx, to requirements.txt."},
		{"a theme of Sphinx", sphinx, "Theme error:\nno theme named 'sphinx_rtd_theme' found (missing theme.toml?)\n", "Add sphinx-rtd-theme, which has the theme sphinx_rtd_theme, to requirements.txt."},
		{"an extension of Sphinx", sphinx, "Extension error:\nCould not import extension sphinxcontrib.mermaid (exception: No module named 'sphinxcontrib.mermaid')\n", "Add sphinxcontrib-mermaid, which has the module sphinxcontrib.mermaid, to requirements.txt."},
		{"a module that Python had", mkdocs, "  from cgi import parse_header\nModuleNotFoundError: No module named 'cgi'\n", "The packages of requirements.txt are for an older Python, which had cgi: ask there for newer versions, or add legacy-cgi, which has it."},
		{"a library", mkdocs, "OSError: no library called \"cairo-2\" was found\n", "Give the build Debian's package of the library (`whittle find libcairo` tells which): [dev.whittle.build] packages in project.toml."},
		{"a warning", mkdocs, "WARNING -  Doc file 'index.md' contains a link 'gone.md'\n\nAborted with 1 warnings in strict mode!\n", "Correct what the warnings name, or leave `strict` out of mkdocs.yml."},
		{"something else", mkdocs, "Error: line 3\n", "Correct what its last lines name; `mkdocs` says the same on your machine."},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &press{t: t, fails: row.says}
			s := languagetest.Site(t, r.run)
			languagetest.Write(t, s.Dir, row.files)
			_, err := compile(t.Context(), s)
			var problem *language.Problem
			if !errors.As(err, &problem) || problem.Next != row.want || len(problem.Evidence) == 0 {
				t.Errorf("got %v", err)
			}
		})
	}
	r := &press{t: t, lacks: true}
	s := languagetest.Site(t, r.run)
	languagetest.Write(t, s.Dir, map[string]string{"mkdocs.yml": "", "requirements.txt": "mkdocstrings\nmkdocs-x\n"})
	_, err := compile(t.Context(), s)
	languagetest.Has(t, err, "the app's packages do not bring mkdocs")
}
