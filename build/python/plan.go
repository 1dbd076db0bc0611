package python

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// plan is what pip is to install, decided from the app's files alone.
type plan struct {
	By       string          // the file that decides: "uv.lock", "requirements.txt"; empty where there is nothing to install
	Steps    []step          // in order
	Dists    map[string]dist // the distributions that are known to come, by normalized name
	Whole    bool            // Dists has all of them
	Warnings []string
	NoIndex  bool // nothing may be fetched from an index
	Own      bool // all the app's source belongs to the reuse key
	Manifest *manifest
	Files    []string // requirements files that were read
	Function function // that the Functions Framework is to serve, where settings name one
	// Workspace is the workspace of the app where that lies in a folder above: all paths are below its root.
	Workspace *workspace
}

// dist is a distribution that will be installed.
type dist struct {
	Version string // empty where pip chooses
	Extras  []string
	Origin  string // the line or file that names it: "uv.lock", "requirements.txt: flask>=3"
}

// step is one run of pip install.
type step struct {
	What     string   // for the log: "29 packages of uv.lock"
	Lines    []string // of a requirements file that is written for it
	Args     []string // of pip install
	Indexes  []index  // beside the usual one
	Optional bool     // the app runs from its folder without it
}

// has tells whether a distribution is known to come.
func (p *plan) has(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { _, ok := p.Dists[n]; return ok })
}

// asker is what a plan needs beside the files.
type asker struct {
	markers markers
	python  string   // full version of the interpreter
	extras  []string // BP_PYTHON_EXTRAS
	groups  []string // BP_PYTHON_GROUPS
	file    string   // BP_PYTHON_REQUIREMENTS
	serves  function
	usual   func(context.Context) (usual, error)
	project fs.FS  // the project's folder, where the app is the folder below it
	folder  string // "apps/web"; empty where the app is the project
}

// makePlan decides what is installed, and from which indexes beside the usual one.
func makePlan(ctx context.Context, dir fs.FS, a asker) (*plan, error) {
	p, err := decide(ctx, dir, a)
	if err != nil {
		return nil, err
	}
	p.Function = a.serves
	p.bringFramework(dir)
	return p, p.leaveOutUsual(ctx, a.usual)
}

// decide decides what is installed, by the first of these that the app has: the requirements file that a setting names, a
// lock, requirements.txt, Pipfile, pyproject.toml, setup.py, setup.cfg. A lock goes before requirements.txt, which such projects often
// export from it.
func decide(ctx context.Context, dir fs.FS, a asker) (*plan, error) {
	m, err := readManifest(dir, ".")
	if err != nil {
		return nil, err
	}
	if a.file != "" {
		if !language.IsFile(dir, a.file) {
			return nil, fmt.Errorf("cannot find %s, which BP_PYTHON_REQUIREMENTS names", a.file)
		}
		return fileReqs(dir, a.file, m)
	}
	l, others, err := readLocks(dir, m)
	if err != nil {
		return nil, err
	}
	if l != nil {
		p, err := planLock(ctx, dir, l, m, nil, a)
		if p != nil && len(others) > 0 {
			p.Warnings = append(p.Warnings, fmt.Sprintf("%s is not read, because %s goes before it", strings.Join(others, ", "), l.File))
		}
		return p, err
	}
	if w, err := findWorkspace(a.project, a.folder); err != nil {
		return nil, err
	} else if w != nil {
		p, err := planLock(ctx, w.Files, w.Lock, w.App, w.Members, a)
		if err != nil {
			return nil, err
		}
		p.Workspace = w
		return p, nil
	}
	if p, err := planFile(dir, m, a); err != nil || p != nil {
		return p, err
	}
	if p, err := planNothing(dir, m); err != nil || p.By != "" {
		return p, err
	}
	if p, err := planAbove(ctx, a); err != nil || p != nil {
		return p, err
	}
	return newPlan("", m), nil
}

// planFile plans by the first file of the app's that lists packages; nil where none does.
func planFile(dir fs.FS, m *manifest, a asker) (*plan, error) {
	for _, file := range []string{"requirements.txt", "Pipfile", "pyproject.toml", "setup.py", "setup.cfg"} {
		if !language.IsFile(dir, file) || file == "pyproject.toml" && !m.Project && len(m.Groups) == 0 && len(m.Members) == 0 || file == "setup.cfg" && !describes(dir, m) {
			continue
		}
		switch file {
		case "requirements.txt":
			return fileReqs(dir, file, m)
		case "Pipfile":
			return planPipfile(dir, m)
		case "pyproject.toml":
			return planManifest(dir, m, a)
		}
		p := newPlan(file, m)
		p.Own, p.Steps = true, []step{{What: "the app, by its " + file, Args: []string{"."}}}
		p.Warnings = append(p.Warnings, noLock("pip freeze > requirements.txt"))
		return p, nil
	}
	return nil, nil
}

var optionsSection = regexp.MustCompile(`(?m)^\[options\]`)

// describes tells whether setup.cfg says what the app requires, and pyproject.toml that setuptools is to read it: it has settings of
// other tools as well.
func describes(dir fs.FS, m *manifest) bool {
	text, ok, err := language.ReadText(dir, "setup.cfg")
	return err == nil && ok && m != nil && m.Backend != "" && optionsSection.MatchString(text)
}

// likely are the requirements files of apps that have none in their root's usual place, the most productive first.
var likely = []string{
	"requirements/production.txt", "requirements/prod.txt", "requirements-prod.txt", "requirements_prod.txt", "requirements/base.txt",
	"requirements/main.txt", "requirements/requirements.txt", "requirements.in",
}

// planNothing is for apps without any list of packages in the usual place.
func planNothing(dir fs.FS, m *manifest) (*plan, error) {
	for _, file := range likely {
		if language.IsFile(dir, file) {
			p, err := fileReqs(dir, file, m)
			if p != nil {
				p.Warnings = append(p.Warnings, file+" is taken for the app's list of packages; BP_PYTHON_REQUIREMENTS names another")
			}
			return p, err
		}
	}
	if p, err := planScript(dir, m); err != nil || p != nil {
		return p, err
	}
	for _, file := range []string{"environment.yml", "environment.yaml", "conda-lock.yml", "anaconda-project.yml", "pixi.toml", "pixi.lock"} {
		if language.IsFile(dir, file) {
			return nil, &unreadable{File: file}
		}
	}
	return newPlan("", m), nil
}

// unreadable is a list of packages of a system that is none of Python's.
type unreadable struct{ File string }

func (e *unreadable) Error() string {
	return "cannot install what " + e.File + " lists: conda's packages are no Python distributions and need conda's own interpreter"
}

func newPlan(by string, m *manifest) *plan {
	return &plan{By: by, Dists: map[string]dist{}, Manifest: m}
}

func noLock(command string) string {
	return "no lock file: each build takes the newest versions that fit; `" + command + "` writes one"
}

// vendored is the folder in which apps bring distributions, as the buildpacks of Cloud Foundry and Paketo have it.
const vendored = "vendor"

// hasDistributions tells whether a folder has wheels or source distributions, which pip is to look for there.
func hasDistributions(dir fs.FS, folder string) bool {
	entries, err := fs.ReadDir(dir, folder)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Type().IsRegular() && (strings.HasSuffix(e.Name(), ".whl") || strings.HasSuffix(e.Name(), ".tar.gz"))
	})
}

// fileReqs has pip read a requirements file.
func fileReqs(dir fs.FS, file string, m *manifest) (*plan, error) {
	r, err := readReqFile(dir, file)
	if err != nil {
		return nil, err
	}
	p := newPlan(file, m)
	p.NoIndex, p.Own, p.Files = r.NoIndex, r.Own, r.Files
	for _, one := range r.Requires {
		p.expect(one, file+": "+one.String())
	}
	if r.Asks {
		s := step{What: file, Args: []string{"-r", file}}
		if hasDistributions(dir, vendored) {
			s.What, s.Args = file+", also from the distributions in "+vendored, append(s.Args, "--find-links", vendored)
		}
		p.Steps = append(p.Steps, s)
	}
	if r.Loose > 0 && !r.NoIndex {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%d of %d requirements in %s name no exact version: each build takes the newest that fit", r.Loose, len(r.Requires), file))
	}
	if m != nil && m.Package && !r.Own && !r.NoIndex {
		p.Steps = append(p.Steps, ownStep(dir, m, true))
	}
	return p, nil
}

// expect notes a distribution that pip will install.
func (p *plan) expect(r Requirement, origin string) {
	d := p.Dists[r.Name]
	if version, ok := strings.CutPrefix(r.Spec, "=="); ok && !strings.ContainsAny(version, "*,") {
		d.Version = strings.TrimSpace(version)
	}
	d.Extras = extras(append(d.Extras, r.Extras...))
	if d.Origin == "" {
		d.Origin = origin
	}
	p.Dists[r.Name] = d
}

// ownStep installs a folder of the app: as an editable installation, so that its code stays where it is and a change of it
// installs nothing anew; one with compiled modules as a whole.
func ownStep(dir fs.FS, m *manifest, optional bool) step {
	what := "the app itself"
	if m.Dir != "." {
		what = m.Dir
	}
	args := []string{"--no-deps", "--editable", "./" + m.Dir}
	if compiles(dir, m) {
		args = []string{"--no-deps", "./" + m.Dir}
	}
	if onePatch.MatchString(strings.TrimSpace(m.RequiresPython)) {
		args = append(args, "--ignore-requires-python") // a pin takes every patch of its minor version, and pip none but that
	}
	return step{What: what, Args: args, Optional: optional}
}

var extension = regexp.MustCompile(`\bext_modules\b|\bExtension\(|cythonize|rust_extensions|cffi_modules`)

// compiles tells whether a folder of the app has extension modules of its own.
func compiles(dir fs.FS, m *manifest) bool {
	for _, backend := range []string{"mesonpy", "scikit_build_core", "maturin", "hatch_build", "py_build_cmake", "sipbuild"} {
		if strings.HasPrefix(m.Backend, backend) {
			return true
		}
	}
	for _, file := range []string{"setup.py", "setup.cfg", "pyproject.toml", "build.py"} {
		if text, ok, err := language.ReadText(dir, path.Join(m.Dir, file)); ok && err == nil && extension.MatchString(text) {
			return true
		}
	}
	return false
}
