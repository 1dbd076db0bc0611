package python

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// The layers of a Python build.
const (
	layerPackages = "packages"  // what pip installed, at lib/python3.X/site-packages, and bin/
	layerPip      = "pip-cache" // wheels, downloaded and built
)

// systemPython is Debian's interpreter, in the build image and, through a door, in the image.
const systemPython = "/usr/bin/python3"

// systemPip is a command line of the build image's pip. Python runs isolated (-I): by default a module runs with the working
// directory first on its path, and a pip.py or logging.py of the app would take the place of pip's own.
func systemPip(args ...string) []string {
	return append([]string{systemPython, "-I", "-m", "pip"}, args...)
}

// compile builds a Python app. What files can tell, version, packages and start command, is decided before anything is
// downloaded.
//
// The packages layer is a virtual environment, so that its own python and the scripts in its bin/ find it by themselves;
// a door from /usr/local/lib/python3.X/dist-packages shows it to /usr/bin/python3, too. Neither needs any variable.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	s.Log.Step("Python")
	if err := s.Libc("Python"); err != nil {
		return language.Artifacts{}, err
	}
	p := python{Site: s}
	if err := language.Do(ctx, p.checkStrict, p.relock, p.chooseSource, p.chooseVersion, p.choosePackages, p.chooseDocs, p.tellPackages, p.tellHooks, p.chooseStart, p.expect, p.addPackages); err != nil {
		return language.Artifacts{}, err
	}
	if p.begin.Docs != nil {
		return p.makeDocs(ctx)
	}
	if err := language.Do(ctx, p.collectStatic, p.removeDevelopment, p.leadSessionKey, p.compileApp); err != nil {
		return language.Artifacts{}, err
	}
	n, err := p.runtime(ctx)
	if err != nil {
		return language.Artifacts{}, err
	}
	all, err := p.components()
	if err != nil {
		return language.Artifacts{}, err
	}
	s.Log.Done()
	roots := []string{p.layer.Path}
	if p.standalone != "" {
		roots = append(roots, p.standalone)
	}
	return language.Artifacts{
		Roots: roots, Slices: n.Slices, Libraries: libraries(all), Omit: n.Omit, Processes: p.processes(), Started: p.started(), Looked: p.begin.Looked, Opens: n.Opens, Notes: append(n.Notes, p.begin.instanceNote()...),
		Components: all, ComponentsIn: layerPackages, Members: p.members(), Writable: p.writable(), MayWrite: p.MayWrite(writing),
	}, nil
}

type python struct {
	language.Site
	version string // 3.13.5
	// interpreter is what the app runs on; standalone is the folder of one that is not Debian's.
	interpreter, standalone string
	standaloneKey           string
	plan                    *plan
	begin                   start
	layer                   language.Layer
	// packagesKey identifies what is in layer, and cache is the folder of pip's cache.
	packagesKey, cache string
	// strict leaves out of the image what no import reaches, and tests are folders in packages that it leaves out.
	strict bool
	tests  []string
	// corpora are the names of NLTK's data that the app wants.
	corpora []string
	// hadBuild tells whether the app came with a folder named build, which backends build in.
	hadBuild bool
}

// chooseVersion holds the interpreter against what the app says.
func (p *python) chooseVersion(ctx context.Context) error {
	out, err := language.Output(ctx, p.Run, language.Command{Args: []string{p.interpreter, "--version"}, Dir: p.Dir, Env: p.Env})
	if err != nil {
		return fmt.Errorf("cannot find the build image's Python: %w", err)
	}
	p.version = strings.TrimPrefix(out, "Python ")
	if strings.Count(p.version, ".") < 2 {
		return fmt.Errorf("cannot tell the version of the build image's Python: it says %q", language.Clip(out))
	}
	all, err := p.wishes()
	if err != nil {
		return explain(err)
	}
	why, err := choose(all, p.here(), p.Elsewhere("python"))
	if err != nil {
		return err
	}
	p.Log.Line("version: %s (%s)", p.version, why)
	return nil
}

// wishes are what the app says about its Python.
func (p *python) wishes() ([]language.Wish, error) {
	m, err := readManifest(p.Files, ".")
	if err != nil {
		return nil, err
	}
	var l *lock
	if p.Setting("BP_PYTHON_REQUIREMENTS") == "" {
		if l, _, err = readLocks(p.Files, m); err != nil {
			return nil, err
		}
	}
	files, folder, err := p.project()
	if err != nil {
		return nil, err
	}
	if l == nil && p.Setting("BP_PYTHON_REQUIREMENTS") == "" {
		w, err := findWorkspace(files, folder)
		if err != nil {
			return nil, err
		}
		if w != nil {
			l = w.Lock
		}
	}
	up, err := versionAbove(files, folder)
	if err != nil {
		return nil, err
	}
	return wishes(p.Files, p.Env, up, m, l)
}

// here is the interpreter, and where it comes from.
func (p *python) here() language.Interpreter {
	where := p.Builder.Debian()
	if p.standalone != "" {
		where = "python-build-standalone"
	}
	return language.Interpreter{Name: "Python", Version: p.version, Where: where}
}

// choosePackages decides what pip installs.
func (p *python) choosePackages(ctx context.Context) error {
	var err error
	if p.plan, err = p.planOf(ctx, packageList{
		file: p.Setting("BP_PYTHON_REQUIREMENTS"), extras: language.SplitList(p.Setting("BP_PYTHON_EXTRAS")), groups: language.SplitList(p.Setting("BP_PYTHON_GROUPS")),
	}); err != nil {
		return err
	}
	p.corpora, err = corpora(p.Files)
	return err
}

// planOf decides what pip installs of a list of packages.
func (p *python) planOf(ctx context.Context, list packageList) (*plan, error) {
	a := asker{
		markers: &interpreterMarkers{site: p.Site, python: p.interpreter}, python: p.version,
		extras: extras(list.extras), groups: extras(list.groups), file: list.file, usual: p.usualIndex,
		serves: function{Name: p.Setting("GOOGLE_FUNCTION_TARGET"), File: p.Setting("GOOGLE_FUNCTION_SOURCE"), Signature: p.Setting("GOOGLE_FUNCTION_SIGNATURE_TYPE")},
	}
	var err error
	if a.project, a.folder, err = p.project(); err != nil {
		return nil, err
	}
	made, err := makePlan(ctx, p.Files, a)
	return made, explain(err)
}

// tellPackages says what decides about the packages.
func (p *python) tellPackages(context.Context) error {
	switch w := p.plan.Workspace; {
	case w != nil && w.Lock != nil:
		p.Log.Line("packages: by %s of the workspace that the app is a member of", path.Join(w.Dir, w.Lock.File))
	case w != nil:
		p.Log.Line("packages: by %s above the app, which lists none of its own", path.Join(w.Dir, p.plan.By))
	}
	for _, w := range p.plan.Warnings {
		p.Log.Warn("%s", w)
	}
	return nil
}

// chooseStart decides how the app starts. Where the app says it itself, no convention is asked.
func (p *python) chooseStart(context.Context) error {
	if len(p.Processes) > 0 {
		p.begin = start{Looked: p.begin.Looked, Django: p.begin.Django, Env: p.begin.Env, OldImport: p.begin.OldImport, Instance: p.begin.Instance}
		return nil
	}
	if p.begin.Line == "" && p.begin.Docs == nil && p.plan.By == "" && isDjangos(p.Files, "manage.py") {
		return unlisted("manage.py is a Django project's")
	}
	if p.begin.Line == "" && p.begin.Docs == nil {
		return unknownStart(p.begin)
	}
	if len(p.begin.Idle) > 0 {
		return p.begin.unserved()
	}
	for _, w := range p.begin.Warnings {
		p.Log.WarnLate("%s", w)
	}
	return nil
}

// unknownStart is the problem of an app that nothing says the start of.
func unknownStart(s start) error {
	if s.Reflex {
		return &language.Problem{
			What: language.NoStart, Evidence: []string{reflexConfig + " is Reflex's: `reflex run` compiles the pages by Node.js when it starts, which the image does not have"},
			Next: "Make the pages with `reflex export` and serve them apart, and write a Procfile that starts the rest: web: reflex run --env prod --backend-only --backend-host 0.0.0.0 --backend-port $PORT",
		}
	}
	problem := &language.Problem{
		What: language.NoStart, Evidence: append([]string{language.LookedFor}, s.Looked...),
		Next: `Write a Procfile with one line, such as "web: python3 app.py".`,
	}
	if len(s.Programs) > 0 {
		problem.Evidence = append(problem.Evidence, "files that run themselves: "+language.Some(s.Programs))
		problem.Next = fmt.Sprintf(`Write a Procfile with a line for each that is to run, such as "web: python3 %s".`, quote(s.Programs[0]))
	}
	return problem
}

// projectFile is the text of project.toml; empty where there is none. The build has read it before, and told of its errors.
func (p *python) projectFile() string {
	files, _, err := p.Project()
	if err != nil {
		return ""
	}
	text, _, err := language.ReadText(files, "project.toml")
	if err != nil {
		return ""
	}
	return text
}

func (p *python) processes() []language.Process {
	if p.begin.Line == "" {
		return nil
	}
	return []language.Process{{Type: "web", Line: p.begin.Line, Why: p.begin.Why}}
}

// sitePackages is where pip puts modules.
func (p *python) sitePackages() string {
	return filepath.Join(p.layer.Path, "lib", "python"+minor(p.version), "site-packages")
}

// development are names in an app's folder of what no program reads: version control, virtual environments, tools' caches,
// container files.
var development = []string{
	".git", ".github", ".gitignore", ".gitattributes", ".dockerignore", ".venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".idea", ".vscode",
	"Dockerfile*", "docker-compose*.y*ml", "compose.y*ml", "project.toml",
}

// removeDevelopment removes from the app's folder what is no runtime artifact. Sources are what runs; they stay.
func (p *python) removeDevelopment(context.Context) error {
	root, err := os.OpenRoot(p.Dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(language.FolderOf(root), ".")
	if err != nil {
		return fmt.Errorf("cannot list the app's folder: %w", err)
	}
	for _, e := range entries {
		remove := e.IsDir() && language.IsFile(language.FolderOf(root), path.Join(e.Name(), "pyvenv.cfg"))
		for _, pattern := range development {
			ok, err := path.Match(pattern, e.Name())
			remove = remove || ok && err == nil
		}
		if remove {
			if err := root.RemoveAll(e.Name()); err != nil {
				return fmt.Errorf("cannot remove %s: %w", e.Name(), err)
			}
		}
	}
	for _, dir := range append(p.members(), p.Dir) {
		if err := removeBytecode(dir); err != nil {
			return err
		}
	}
	return nil
}
