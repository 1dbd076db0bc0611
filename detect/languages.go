package detect

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// language is one row of the table: how to see that an app is written in it.
type language struct {
	name Language
	// files claim the directory by themselves.
	files []string
	// source is a pattern of files that claim the directory where no manifest of any language does.
	source string
	// programs are the words that the start command of an app in this language begins with.
	programs []string
}

// languages is the table. Detection is by files in the app's root only: a scripts/ folder in another language
// decides nothing.
var languages = []language{
	{
		name:     Go,
		files:    []string{"go.mod", "go.work", "vendor/modules.txt"},
		source:   "*.go",
		programs: []string{"go"},
	},
	{
		name:     Python,
		files:    []string{"requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "poetry.lock", "uv.lock"},
		source:   "*.py",
		programs: []string{"python", "python3", "gunicorn", "uvicorn", "flask", "streamlit", "celery", "hypercorn", "daphne"},
	},
}

func (l language) manifests(dir fs.FS) []string {
	var found []string
	for _, f := range l.files {
		if info, err := fs.Stat(dir, f); err == nil && info.Mode().IsRegular() {
			found = append(found, f)
		}
	}
	return found
}

func (l language) sources(dir fs.FS) []string {
	found, err := fs.Glob(dir, l.source)
	if err != nil {
		return nil
	}
	// A lone test file is no app.
	found = slices.DeleteFunc(found, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	return found[:min(len(found), 3)]
}

// starts tells whether a start command runs a program of the language. Assignments in front are skipped, and
// "cd x &&" too.
func (l language) starts(line string) bool {
	if _, rest, ok := strings.Cut(line, "&&"); ok && strings.HasPrefix(line, "cd ") {
		line = rest
	}
	for _, word := range strings.Fields(line) {
		if strings.Contains(word, "=") {
			continue
		}
		return slices.Contains(l.programs, path.Base(word))
	}
	return false
}

func lookedFor() string {
	var all []string
	for _, l := range languages {
		all = append(all, append(slices.Clone(l.files), l.source)...)
	}
	return strings.Join(all, ", ")
}

func names() string {
	var all []string
	for _, l := range languages {
		all = append(all, string(l.name))
	}
	return strings.Join(all, ", ")
}
