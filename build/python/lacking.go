package python

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// What of a start command names a file of the app: the file itself, a module by its dotted name before what it is to find there, or one
// that Python runs.
var (
	startedFile   = regexp.MustCompile(`(?:^|\s)"?'?([\w./-]+\.py)\b`)
	startedModule = regexp.MustCompile(`(?:^|\s)"?'?([A-Za-z_][\w.]*):[A-Za-z_]\w*`)
	ranModule     = regexp.MustCompile(`\bpython[\d.]*(?:\s+-[A-Za-ln-z]\S*)*\s+-m\s*"?'?([A-Za-z_][\w.]*)`)
)

// startFiles are the files of the app that its start commands name, as absolute paths.
func (p *python) startFiles() []string {
	var files []string
	add := func(names ...string) {
		for _, name := range names {
			for _, dir := range []string{p.Dir, filepath.Join(p.Dir, "src")} {
				if at := filepath.Join(dir, filepath.FromSlash(name)); language.Exists(at) && !slices.Contains(files, at) {
					files = append(files, at)
				}
			}
		}
	}
	for _, process := range append(slices.Clone(p.Processes), language.Process{Line: p.begin.Line}) {
		text := process.Text()
		for _, m := range startedFile.FindAllStringSubmatch(text, -1) {
			add(path.Clean(m[1]))
		}
		for _, m := range startedModule.FindAllStringSubmatch(text, -1) {
			name := strings.ReplaceAll(m[1], ".", "/")
			add(name+".py", name+"/__init__.py")
		}
		for _, m := range ranModule.FindAllStringSubmatch(text, -1) {
			name := strings.ReplaceAll(m[1], ".", "/")
			add(name+".py", name+"/__init__.py", name+"/__main__.py")
		}
	}
	return files
}

// checkLacking warns of what the files that are started import first of all and nobody brings: the image builds, and ends at once. It is
// an error only where nothing lists the app's packages, for a file may add folders to Python's path; packages of Debian that the user
// named may bring modules as well.
func (p *python) checkLacking(scan importScan) error {
	if p.hasDebianModules() {
		return nil
	}
	tried, err := p.Truth(importCheck, true)
	if err != nil {
		return err
	}
	var told []string
	for _, file := range p.startFiles() {
		for _, module := range scan.First[file] {
			if _, old := gone[module]; old || slices.Contains(told, module) || p.hasModule(module) {
				continue
			}
			told = append(told, module)
			if p.plan.By == "" && tried {
				return unlisted(fmt.Sprintf("%s imports %s", p.short(file), module))
			}
			p.Log.Warn("%s imports %s, and neither the app nor its packages have it: add the package that brings it to %s", p.short(file), module, p.listed())
		}
	}
	return nil
}

// unlisted is the problem of an app that needs packages and has no file that lists them.
func unlisted(evidence string) error {
	return &language.Problem{
		What: "nothing lists the app's packages", Evidence: []string{evidence, "looked for: requirements.txt, pyproject.toml, Pipfile, setup.py, setup.cfg and locks"},
		Next: "Write the packages into requirements.txt, one a line (pip freeze lists those of your environment).",
	}
}

// listed is the file that a user adds a package to.
func (p *python) listed() string {
	if p.plan.By == "" || !slices.Contains([]string{"requirements.txt", "Pipfile"}, path.Base(p.plan.By)) {
		for _, name := range []string{"pyproject.toml", "Pipfile"} {
			if language.IsFile(p.Files, name) {
				return name
			}
		}
		return "requirements.txt"
	}
	return p.plan.By
}
