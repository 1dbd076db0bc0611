package python

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
)

// The layers of a Python build.
const (
	layerPackages = "packages"  // what pip installed, at lib/python3.X/site-packages, and bin/
	layerPip      = "pip-cache" // wheels, downloaded and built
)

// systemPython is Debian's interpreter, in the build image and, through a door, in the image.
const systemPython = "/usr/bin/python3"

// compile installs a Python app's packages by pip and adds the parts of Debian's Python that it imports.
//
// The packages layer is a virtual environment, so that its own python and the scripts in its bin/ find it by themselves;
// a door from /usr/local/lib/python3.X/dist-packages shows it to /usr/bin/python3, too. Neither needs any variable.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	s.Log.Step("Python")
	if err := s.Libc("Python"); err != nil {
		return language.Artifacts{}, err
	}
	p := python{Site: s}
	if err := p.choose(ctx); err != nil {
		return language.Artifacts{}, err
	}
	if err := p.addPackages(ctx); err != nil {
		return language.Artifacts{}, err
	}
	if err := removeDevelopment(s.Dir); err != nil {
		return language.Artifacts{}, err
	}
	slices, notes, err := p.runtime(ctx)
	if err != nil {
		return language.Artifacts{}, err
	}
	processes, looked, err := p.start()
	if err != nil {
		return language.Artifacts{}, err
	}
	all, err := components(p.sitePackages())
	if err != nil {
		return language.Artifacts{}, err
	}
	s.Log.Done()
	return language.Artifacts{
		Roots: []string{p.layer.Path}, Slices: slices, Processes: processes, Looked: looked, Notes: notes,
		Components: all, ComponentsIn: layerPackages,
	}, nil
}

type python struct {
	language.Site
	version string // 3.13.5
	wants   wants
	layer   language.Layer
}

// choose decides the version. Debian's release has one.
func (p *python) choose(ctx context.Context) error {
	out, err := language.Output(ctx, p.Run, language.Command{Args: []string{systemPython, "--version"}, Dir: p.Dir, Env: p.Env})
	if err != nil {
		return fmt.Errorf("cannot find the build image's Python: %w", err)
	}
	wishes, err := readWishes(os.DirFS(p.Dir), p.Setting("BP_PYTHON_VERSION"))
	if err != nil {
		return err
	}
	if p.version, err = choose(wishes, strings.TrimPrefix(out, "Python ")); err != nil {
		return err
	}
	why := "the one of the build image's Debian"
	if len(wishes) > 0 {
		why = wishes[0].From + ": " + wishes[0].Spec
	}
	p.Log.Line("version: %s (%s)", p.version, why)
	p.wants, err = readWants(p.Dir)
	return err
}

// sitePackages is where pip puts modules.
func (p *python) sitePackages() string {
	return filepath.Join(p.layer.Path, "lib", "python"+minor(p.version), "site-packages")
}

// addPackages installs the packages, or takes the cached layer where requirements, Python and build packages are equal.
func (p *python) addPackages(ctx context.Context) error {
	layer, err := p.Layer(layerPackages)
	if err != nil {
		return err
	}
	key, err := p.wants.key(p.Dir)
	if err != nil {
		return err
	}
	key = strings.Join([]string{p.version, p.Tools, key}, " ")
	cache, err := p.Layer(layerPip)
	if err != nil {
		return err
	}
	if p.Reusable(layer, key) {
		p.Log.Line("packages: unchanged, from the cache")
		p.layer = layer
	} else {
		if p.layer, err = p.Reset(layer); err != nil {
			return err
		}
		if err := p.install(ctx, cache.Path); err != nil {
			return err
		}
	}
	if language.Exists(cache.Path) {
		cache.Cache = true
		p.Keep(cache, "cache")
	}
	p.layer.Launch, p.layer.Cache = true, true
	p.layer.Env = map[string]string{"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
	p.Keep(p.layer, key)
	return nil
}

// install makes the virtual environment, has pip fill it, and removes what does not run.
func (p *python) install(ctx context.Context, cache string) error {
	if err := p.writeVenv(false); err != nil {
		return err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return fmt.Errorf("cannot make pip's cache: %w", err)
	}
	for _, args := range p.wants.pip {
		p.Log.Line("pip install %s", strings.Join(args, " "))
		if err := p.pip(ctx, cache, args); err != nil {
			return err
		}
	}
	if p.wants.optional != nil {
		if err := p.pip(ctx, cache, p.wants.optional); err != nil {
			p.Log.Warn("pip cannot install the app itself; it is imported from its folder: %v", err)
		}
	}
	trimmed, err := p.trim(ctx)
	if err != nil {
		return err
	}
	p.Log.Line("packages: %s, after removing %s of headers, sources and symbols", slicer.Bytes(trimmed.After), slicer.Bytes(trimmed.Before-trimmed.After))
	if err := p.writeVenv(true); err != nil {
		return err
	}
	return language.Settle(p.layer.Path)
}

func (p *python) pip(ctx context.Context, cache string, args []string) error {
	env := language.With(p.Env, map[string]string{
		"PIP_CACHE_DIR": cache,
		// Paths of temporary folders in debug information would make every build another one.
		"CFLAGS":   strings.TrimSpace(p.Env["CFLAGS"] + " -g0"),
		"CXXFLAGS": strings.TrimSpace(p.Env["CXXFLAGS"] + " -g0"),
		// The earliest time that a zip file, and so a wheel, can hold.
		"SOURCE_DATE_EPOCH": "315532800",
		"TMPDIR":            p.Temp,
	})
	out := p.Log.Output()
	fixed := []string{
		systemPython, "-m", "pip", "--python", filepath.Join(p.layer.Path, "bin", "python3"), "--disable-pip-version-check",
		"--no-input", "--quiet", "install", "--no-compile", "--no-warn-script-location", "--progress-bar", "off",
	}
	return p.Run(ctx, language.Command{Args: append(fixed, args...), Dir: p.Dir, Env: env, Stdout: out, Stderr: out})
}

// writeVenv writes a virtual environment by hand (PEP 405): pyvenv.cfg, the interpreter's links and an empty
// site-packages; what `python3 -m venv` adds to it is for people at a shell. When pip is done, Debian's own modules
// (slices of python3-* packages) become visible; before, pip would take those of the build image for installed.
func (p *python) writeVenv(system bool) error {
	bin := filepath.Join(p.layer.Path, "bin")
	for _, dir := range []string{bin, p.sitePackages()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("cannot make virtual environment: %w", err)
		}
	}
	for name, target := range map[string]string{"python3": systemPython, "python": "python3", "python" + minor(p.version): "python3"} {
		if system {
			break // the links are there
		}
		if err := os.Symlink(target, filepath.Join(bin, name)); err != nil {
			return fmt.Errorf("cannot make virtual environment: %w", err)
		}
	}
	cfg := fmt.Sprintf("home = /usr/bin\ninclude-system-site-packages = %t\nversion = %s\n", system, p.version)
	if err := os.WriteFile(filepath.Join(p.layer.Path, "pyvenv.cfg"), []byte(cfg), 0o644); err != nil {
		return fmt.Errorf("cannot make virtual environment: %w", err)
	}
	return nil
}

// removeDevelopment removes from a Python app's folder what no program reads: version control, bytecode, virtual
// environments, Dockerfiles. Sources are what runs; they stay.
func removeDevelopment(dir string) error {
	for _, pattern := range []string{".git", ".github", ".venv", "venv/pyvenv.cfg", "Dockerfile*", ".gitignore", ".dockerignore", "project.toml"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return fmt.Errorf("cannot look for %s: %w", pattern, err)
		}
		for _, f := range found {
			if strings.HasSuffix(f, "pyvenv.cfg") {
				f = filepath.Dir(f)
			}
			if err := os.RemoveAll(f); err != nil {
				return fmt.Errorf("cannot remove %s: %w", f, err)
			}
		}
	}
	return removeBytecode(dir)
}
