package python

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"whittle.dev/whittle/build/language"
)

// wants is what an app asks pip for.
type wants struct {
	pip      [][]string // arguments of pip install, a command each
	optional []string   // the app itself as a package; nil where it is none
	own      bool       // the app's own sources are installed, so that they belong to the reuse key
	names    []string   // of the app's own scripts ([project.scripts])
}

// ownSource finds requirements that lead into the app's folder: ".", "-e .", "./lib", "file:…".
var ownSource = regexp.MustCompile(`(?m)^\s*(-e\s+|--editable[ =])?(\.|\./|file:)|@\s*file:`)

// readWants reads requirements.txt or, where there is none, the dependencies in pyproject.toml. Without both there
// is nothing to install. requirements.txt goes first, because it pins and pyproject.toml usually does not.
func readWants(dir string) (wants, error) {
	var w wants
	text, err := os.ReadFile(filepath.Join(dir, "requirements.txt"))
	if err == nil {
		w.pip = [][]string{{"-r", "requirements.txt"}}
		w.own = ownSource.Match(text)
		return w, nil
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "pyproject.toml"))
	if err != nil {
		return wantsWithoutManifest(dir)
	}
	var p struct {
		BuildSystem *struct{} `toml:"build-system"`
		Project     *struct {
			Dependencies []string          `toml:"dependencies"`
			Dynamic      []string          `toml:"dynamic"`
			Scripts      map[string]string `toml:"scripts"`
		} `toml:"project"`
	}
	if _, err := toml.Decode(string(manifest), &p); err != nil {
		return w, fmt.Errorf("cannot read pyproject.toml: %w", err)
	}
	if p.Project == nil {
		return w, &language.Problem{
			What: "pyproject.toml has no [project] table, and there is no requirements.txt", Evidence: []string{"looked for: requirements.txt, [project] dependencies"},
			Next: "Write the dependencies into one of them; `pip freeze > requirements.txt` in a working environment does it.",
		}
	}
	if len(p.Project.Dependencies) > 0 {
		w.pip = [][]string{p.Project.Dependencies}
	}
	if slices.Contains(p.Project.Dynamic, "dependencies") {
		w.pip, w.own = [][]string{{"."}}, true // only the build backend knows them
		return w, nil
	}
	if p.BuildSystem != nil || len(p.Project.Scripts) > 0 {
		w.optional, w.own = []string{"--no-deps", "."}, true
	}
	for name := range p.Project.Scripts {
		w.names = append(w.names, name)
	}
	return w, nil
}

// wantsWithoutManifest is for apps without requirements.txt and pyproject.toml: setup.py is installed as it stands. Lists
// of other managers are an error, because an image without its packages would build and not run.
func wantsWithoutManifest(dir string) (wants, error) {
	if language.Exists(filepath.Join(dir, "setup.py")) {
		return wants{pip: [][]string{{"."}}, own: true}, nil
	}
	for _, list := range []string{"Pipfile.lock", "Pipfile", "poetry.lock", "uv.lock", "pdm.lock"} {
		if language.Exists(filepath.Join(dir, list)) {
			return wants{}, &language.Problem{
				What: "the app's packages are listed in " + list + ", which this version of whittle does not read", Evidence: []string{"read: requirements.txt, pyproject.toml, setup.py"},
				Next: "Export them: `pipenv requirements`, `poetry export` or `uv export`, with the output in requirements.txt.",
			}
		}
	}
	return wants{}, nil // an app without dependencies
}

// key identifies what pip will be asked for: the files that it reads and, where the app itself is installed, its source.
func (w wants) key(dir string) (string, error) {
	k := language.NewKey()
	k.Add(w.pip, w.optional)
	if err := k.Tree(dir, func(base string) bool { return w.own || readByPip(base) }); err != nil {
		return "", fmt.Errorf("cannot read the app's requirements: %w", err)
	}
	return k.String(), nil
}

// readByPip tells whether pip may read a file that belongs to an app: requirement and constraint files, vendored
// distributions.
func readByPip(base string) bool {
	return strings.HasSuffix(base, ".txt") || strings.HasSuffix(base, ".in") || base == "pyproject.toml" || base == "setup.py" || base == "setup.cfg" ||
		strings.HasSuffix(base, ".whl") || strings.HasSuffix(base, ".tar.gz") || base == "pip.conf"
}
