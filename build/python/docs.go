package python

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// docs is a site of static pages that a program of Python's makes of the app's files.
type docs struct {
	generator
	Config string   // the file by which it is known: "mkdocs.yml"
	Args   []string // of the program; OUT stands for the folder of the pages, TEMP for one of the build
}

// generator is such a program.
type generator struct {
	Name    string
	Program string
	// Dists are distributions that bring it, and beginnings of names of those that need it.
	Dists []string
	// find tells how it is called for the app; nil where the app has no site of its.
	find func(fs.FS, readTheDocs) *docs
}

var generators = []generator{
	{Name: "MkDocs", Program: "mkdocs", Dists: []string{"mkdocs"}, find: findMkDocs},
	{Name: "Sphinx", Program: "sphinx-build", Dists: []string{"sphinx", "furo", "myst-parser", "myst-nb", "nbsphinx", "pydata-sphinx-theme", "shibuya"}, find: findSphinx},
	{Name: "Pelican", Program: "pelican", Dists: []string{"pelican"}, find: findPelican},
	{Name: "Lektor", Program: "lektor", Dists: []string{"lektor"}, find: findLektor},
}

// findDocs lists the sites that the app's files are of.
func findDocs(dir fs.FS, rtd readTheDocs) []docs {
	var all []docs
	for _, g := range generators {
		if d := g.find(dir, rtd); d != nil {
			d.generator = g
			all = append(all, *d)
		}
	}
	return all
}

// isInstalled tells whether a plan installs the generator.
func (g generator) isInstalled(p *plan) bool {
	for name := range p.Dists {
		if slices.ContainsFunc(g.Dists, func(d string) bool { return strings.HasPrefix(name, d) }) {
			return true
		}
	}
	return false
}

// installed is the first of some sites whose generator a plan installs; nil for none.
func installed(all []docs, p *plan) *docs {
	if i := slices.IndexFunc(all, func(d docs) bool { return d.isInstalled(p) }); i >= 0 {
		return &all[i]
	}
	return nil
}

func findMkDocs(dir fs.FS, rtd readTheDocs) *docs {
	config := language.FirstFile(dir, rtd.MkDocs.Configuration, "mkdocs.yml", "mkdocs.yaml", "docs/mkdocs.yml")
	if config == "" {
		return nil
	}
	return &docs{Config: config, Args: []string{"build", "--config-file", config, "--site-dir", "OUT"}}
}

// sphinxConfig matches what the configuration of Sphinx sets and those of other programs do not.
var sphinxConfig = regexp.MustCompile(`(?m)^(?:extensions|html_theme|master_doc|root_doc|exclude_patterns)\s*(?::[^=\n]+)?=`)

// findSphinx finds the documentation that Sphinx makes; nil for none.
func findSphinx(dir fs.FS, rtd readTheDocs) *docs {
	for _, config := range []string{rtd.Sphinx.Configuration, "docs/source/conf.py", "docs/conf.py", "doc/source/conf.py", "doc/conf.py", "source/conf.py", "conf.py"} {
		text, ok, err := language.ReadText(dir, config)
		if config == "" || !ok || err != nil || !sphinxConfig.MatchString(text) {
			continue
		}
		builder := "html"
		if rtd.Sphinx.Builder == "dirhtml" || rtd.Sphinx.Builder == "singlehtml" {
			builder = rtd.Sphinx.Builder
		}
		args := []string{"-q", "-b", builder, "-d", "TEMP"}
		if rtd.Sphinx.FailOnWarning {
			args = append(args, "-W", "--keep-going")
		}
		return &docs{Config: config, Args: append(args, path.Dir(config), "OUT")}
	}
	return nil
}

// pelicanPath matches the setting that names Pelican's folder of sources.
var pelicanPath = regexp.MustCompile(`(?m)^PATH\s*=`)

// findPelican takes the configuration for publishing, which is made of the other one, where the app has both.
func findPelican(dir fs.FS, _ readTheDocs) *docs {
	config := language.FirstFile(dir, "pelicanconf.py")
	if config == "" {
		return nil
	}
	var args []string
	if text, _, err := language.ReadText(dir, config); err == nil && !pelicanPath.MatchString(text) {
		if language.IsDir(dir, "content") {
			args = []string{"content"}
		}
	}
	if found := language.FirstFile(dir, "publishconf.py"); found != "" {
		config = found
	}
	return &docs{Config: config, Args: append(args, "--settings", config, "--output", "OUT", "--fatal", "errors")}
}

func findLektor(dir fs.FS, _ readTheDocs) *docs {
	found, err := fs.Glob(dir, "*.lektorproject")
	if err != nil || len(found) == 0 {
		return nil
	}
	return &docs{Config: found[0], Args: []string{"--project", found[0], "build", "--output-path", "OUT"}}
}

// isDocs claims folders of documentation that have nothing else by which an app is Python's. Beside programs and pages in their root they
// are the documentation of those.
func isDocs(dir fs.FS) []string {
	if language.HasPrograms(dir, ".py") || language.HasEnding(dir, ".jar", ".war", ".html") {
		return nil
	}
	var all []string
	for _, d := range findDocs(dir, readReadTheDocs(dir)) {
		all = append(all, d.Config)
	}
	return all
}

// byDocs makes a site of pages where the app is nothing else: its packages have the generator, and no file of a common name is a
// program.
func byDocs(dir fs.FS, all []module, p *plan) *start {
	d := installed(findDocs(dir, readReadTheDocs(dir)), p)
	if d == nil {
		return nil
	}
	for _, m := range all {
		if !strings.HasPrefix(m.Path, path.Dir(d.Config)+"/") && m.common() && m.isProgram() {
			return nil
		}
	}
	return &start{Docs: d}
}

// chooseDocs looks how the app starts, and, where nothing but a guess tells it, for a site of pages whose packages are listed apart from
// the app's: what generators document is often no app.
func (p *python) chooseDocs(ctx context.Context) error {
	var err error
	if p.begin, err = findStart(p.Files, p.plan); err != nil {
		return fmt.Errorf("cannot look at the app's sources: %w", err)
	}
	if len(p.Processes) > 0 || p.begin.Docs != nil || p.begin.Line != "" && !p.begin.Guess {
		return nil
	}
	rtd := readReadTheDocs(p.Files)
	all := findDocs(p.Files, rtd)
	if len(all) == 0 {
		return nil
	}
	if p.Setting("BP_PYTHON_REQUIREMENTS") == "" {
		for _, list := range docsLists(p.Files, rtd, p.plan.Manifest) {
			with, err := p.planOf(ctx, list)
			if err != nil {
				return err
			}
			if d := installed(all, with); d != nil {
				p.plan, p.begin = with, start{Docs: d, Looked: p.begin.Looked}
				return nil
			}
		}
	}
	if p.begin.Line != "" && strings.Contains(all[0].Config, "/") {
		return nil // a program with documentation, as far as anybody can tell
	}
	return p.unlistedDocs(all[0])
}

// packageList is where the packages of a site may be listed.
type packageList struct {
	file           string // of requirements
	extras, groups []string
}

// docsLists are the lists of packages of a site, apart from the app's own, that there are.
func docsLists(dir fs.FS, rtd readTheDocs, m *manifest) []packageList {
	var all []packageList
	for _, one := range rtd.Python.Install {
		if language.FirstFile(dir, path.Clean(one.Requirements)) != "" {
			all = append(all, packageList{file: path.Clean(one.Requirements)})
		}
		if len(one.Extras) > 0 && m != nil {
			all = append(all, packageList{extras: one.Extras})
		}
	}
	for _, file := range []string{
		"docs/requirements.txt", "docs/source/requirements.txt", "doc/requirements.txt", "requirements/docs.txt", "requirements-docs.txt",
		"requirements_docs.txt", "docs-requirements.txt",
	} {
		if language.FirstFile(dir, file) != "" {
			all = append(all, packageList{file: file})
		}
	}
	if m == nil {
		return all
	}
	for _, name := range []string{"docs", "doc", "documentation"} {
		var list packageList
		if len(m.Optional[name]) > 0 {
			list.extras = []string{name}
		}
		if len(m.Groups[name]) > 0 {
			list.groups = []string{name}
		}
		if list.extras != nil || list.groups != nil {
			all = append(all, list)
		}
	}
	return all
}

// environment is that of a generator. Pages have the time that the user names, or that of the newest commit, so that equal files make
// equal pages; else the one that all files of images have.
func (p *python) environment(ctx context.Context) map[string]string {
	env := language.With(p.Env, map[string]string{
		"PATH": filepath.Join(p.layer.Path, "bin") + ":" + p.Env["PATH"], "VIRTUAL_ENV": p.layer.Path, "HOME": p.Temp, "LANG": "C.UTF-8",
		"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
	})
	if env["SOURCE_DATE_EPOCH"] != "" {
		return env
	}
	env["SOURCE_DATE_EPOCH"] = "315532800" // 1980-01-01
	git := language.Command{Args: []string{"git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"}, Dir: p.Dir, Env: env}
	if at, err := language.Output(ctx, p.Run, git); err == nil && language.Exists(filepath.Join(p.Root, ".git")) && seconds.MatchString(at) {
		env["SOURCE_DATE_EPOCH"] = at
	}
	return env
}

var seconds = regexp.MustCompile(`^\d{1,12}$`)
