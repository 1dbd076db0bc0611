package python

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// key identifies the packages layer: interpreter, build packages, what pip is asked for, and the files that it reads for
// that. The app's own code is not among them, unless it is installed as a whole.
func (p *python) key() (string, error) {
	k := language.NewKey()
	k.Add(p.version, p.interpreter, p.Tools, p.begin.Server, p.begin.OldImport, p.Setting("BP_PYTHON_BYTECODE"), fmt.Sprint(p.Debug))
	k.Add(p.corpora)
	if p.begin.Docs != nil { // it is neither trimmed nor compiled
		k.Add("docs")
	}
	if p.strict {
		k.Add(strictHook, syntaxScript, importScript)
	}
	for _, s := range p.plan.Steps {
		k.Add(s.Args, s.Lines, fmt.Sprint(s.Indexes))
	}
	take := p.plan.reads
	if p.plan.Own || slices.ContainsFunc(p.plan.Steps, step.copiesApp) {
		take = func(string) bool { return true }
	}
	for _, file := range p.plan.Files {
		text, _, err := language.ReadText(p.baseFiles(), file)
		if err != nil {
			return "", err
		}
		if !strings.HasSuffix(file, ".lock") { // its steps are in the key; a lock's other lines don't count
			k.Add(file, text)
		}
	}
	if slices.ContainsFunc(p.plan.Steps, step.linksApp) {
		if err := p.layout(k); err != nil {
			return "", err
		}
	}
	if err := k.Tree(p.base(), take); err != nil {
		return "", fmt.Errorf("cannot read the app's requirements: %w", err)
	}
	return k.String(), nil
}

// copiesApp tells whether a step installs a folder of the app as a copy, linksApp whether it leads to it.
func (s step) copiesApp() bool {
	return !s.linksApp() && slices.ContainsFunc(s.Args, func(a string) bool { return a == "." || strings.HasPrefix(a, "./") })
}

func (s step) linksApp() bool { return slices.Contains(s.Args, "--editable") }

// reads tells whether pip may read a file of the app by its name: manifests of folders that it installs, vendored
// distributions.
func (p *plan) reads(base string) bool {
	switch base {
	case "pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in":
		return slices.ContainsFunc(p.Steps, step.linksApp)
	}
	return strings.HasSuffix(base, ".whl") || strings.HasSuffix(base, ".tar.gz")
}

// layout adds what an editable installation depends on beside the manifests: which packages there are, and the files that a
// version is commonly read from.
func (p *python) layout(k *language.Key) error {
	return fs.WalkDir(p.baseFiles(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		switch {
		case e.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "__pycache__" || base == "node_modules" || strings.Count(name, "/") > 3):
			return fs.SkipDir
		case e.IsDir():
			k.Add(name)
		case base == "__init__.py" || base == "__about__.py" || base == "_version.py" || base == "version.py" || base == "VERSION":
			text, _, err := language.ReadText(p.baseFiles(), name)
			if err != nil {
				return err
			}
			k.Add(name, versionLines(text))
		case filepath.Ext(base) == ".py" && strings.Count(name, "/") < 2:
			k.Add(name)
		}
		return nil
	})
}

// versionLines are the lines of a file that speak of a version.
func versionLines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if strings.Contains(strings.ToLower(line), "version") {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}
