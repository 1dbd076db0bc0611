package python

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"whittle.dev/whittle/build/language"
)

// addPackages installs the packages, or takes the cached layer where what pip would be asked for, Python and build packages
// are equal.
func (p *python) addPackages(ctx context.Context) error {
	layer, err := p.Layer(layerPackages)
	if err != nil {
		return err
	}
	key, err := p.key()
	if err != nil {
		return err
	}
	cache, err := p.Cache(layerPip)
	if err != nil {
		return err
	}
	p.packagesKey, p.cache = key, cache.Path
	if p.Reusable(layer, key) {
		p.Log.Line("packages: unchanged, from the cache")
		p.layer = layer
	} else {
		if p.layer, err = p.Reset(layer); err != nil {
			return err
		}
		if err := p.install(ctx); err != nil {
			return err
		}
	}
	p.layer.Launch, p.layer.Cache = p.begin.Docs == nil, true
	p.layer.Env = p.launchEnv()
	p.Keep(p.layer, key)
	return nil
}

// listening are the variables by which servers listen on every address, by the module of each: where a start command of the user's
// names no address, they listen on the loopback address alone. gunicorn listens on every address where PORT is set.
var listening = map[string]string{"uvicorn": "UVICORN_HOST", "flask": "FLASK_RUN_HOST"}

// launchEnv are variables that the app's processes get where nobody set them.
func (p *python) launchEnv() map[string]string {
	env := language.With(p.begin.Env, map[string]string{
		"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "PORT": "8080",
		// gunicorn's workers touch a file to say that they live; /tmp may be read-only, /dev/shm is memory everywhere.
		"GUNICORN_CMD_ARGS": "--worker-tmp-dir=/dev/shm",
	})
	for module, variable := range listening {
		if language.Exists(filepath.Join(p.sitePackages(), module)) {
			env[variable] = onAll
		}
	}
	return env
}

// install makes the virtual environment, has pip fill it, and removes what does not run.
func (p *python) install(ctx context.Context) error {
	if err := language.Do(ctx, p.makeVenv, p.installPlan); err != nil {
		return err
	}
	if p.begin.Docs != nil {
		return language.Do(ctx, p.removeBuilt, p.showSystem)
	}
	err := language.Do(ctx, p.bringServer, p.bringSetuptools, p.addCorpora, p.removeBuilt, p.leaveOutTests, p.trimPackages, p.compilePackages, p.showSystem, p.checkStarts)
	if err != nil {
		return err
	}
	return language.Settle(p.layer.Path)
}

// installPlan has pip install what the plan says.
func (p *python) installPlan(ctx context.Context) error {
	p.hadBuild = language.Exists(filepath.Join(p.Dir, "build"))
	for n, s := range p.plan.Steps {
		p.Log.Line("installing %s", s.What)
		err := p.pipStep(ctx, n, s)
		if err != nil && s.Optional {
			p.Log.Warn("pip cannot install the app itself; it is imported from its folder: %s", reason(err))
			err = p.writePath()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pipStep runs one step of the plan.
func (p *python) pipStep(ctx context.Context, n int, s step) error {
	args := s.Args
	if i := slices.IndexFunc(s.Lines, notRequirement); i >= 0 {
		return fmt.Errorf("cannot install %s: %q is no requirement", s.What, s.Lines[i])
	}
	if len(s.Lines) > 0 {
		file := filepath.Join(p.Temp, fmt.Sprintf("requirements-%d.txt", n))
		if err := os.WriteFile(file, []byte(strings.Join(s.Lines, "\n")+"\n"), 0o600); err != nil {
			return fmt.Errorf("cannot write requirements: %w", err)
		}
		args = append([]string{"-r", file}, args...)
	}
	return p.pip(ctx, s, args)
}

// notRequirement tells whether a line that is made of the app's files would be something else to pip: an option, or several
// lines, of which one might name a file that is not the app's.
func notRequirement(line string) bool {
	return strings.HasPrefix(strings.TrimSpace(line), "-") || strings.ContainsFunc(line, unicode.IsControl)
}

// writePath puts the app's folders on Python's path, for an app that is meant to be installed and can't be.
func (p *python) writePath() error {
	text := p.Dir + "\n"
	if language.Exists(filepath.Join(p.Dir, "src")) {
		text += filepath.Join(p.Dir, "src") + "\n"
	}
	if err := os.WriteFile(filepath.Join(p.sitePackages(), "app.pth"), []byte(text), 0o644); err != nil {
		return fmt.Errorf("cannot put the app on Python's path: %w", err)
	}
	return nil
}

// brought are the servers that apps get that name none, in versions that were tried, with the digests of their wheels. They
// are installed without what they need; that follows in the list, for apps that don't have it.
var brought = map[string][]string{
	"gunicorn": {
		"gunicorn==23.0.0 --hash=sha256:ec400d38950de4dfd418cff8328b2c8faed0edb0d517d3394e457c317908ca4d",
		"packaging==25.0 --hash=sha256:29572ef2b1f17581046b3a2227d5c611fb25ec70ca1ba8554b24b0e69331a484",
	},
	"uvicorn": {
		"uvicorn==0.35.0 --hash=sha256:197535216b25ff9b785e29a0b79199f55222193d47f820816e7da751e9bc8d4a",
		"click==8.2.1 --hash=sha256:61a3265b914e850b85317d0b3109c7f8cd35a670f963866005d6ef1d5175a12b",
		"h11==0.16.0 --hash=sha256:63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86",
	},
}

// bringServer installs the server that the start command needs, where no package brought it.
func (p *python) bringServer(ctx context.Context) error {
	list := brought[p.begin.Server]
	if len(list) == 0 || language.Exists(filepath.Join(p.layer.Path, "bin", p.begin.Server)) {
		return nil
	}
	missing := list[:1:1]
	for _, one := range list[1:] {
		name, _, _ := strings.Cut(one, "==")
		if found, _ := filepath.Glob(filepath.Join(p.sitePackages(), name+"-*.dist-info")); len(found) == 0 {
			missing = append(missing, one)
		}
	}
	p.Log.Line("installing %s, because the app names no server (one among its packages is taken instead)", named(list[0]))
	s := step{What: "the server", Lines: missing, Args: []string{"--no-deps", "--require-hashes"}}
	return p.pipStep(ctx, len(p.plan.Steps), s)
}

// named is a requirement for the log: "gunicorn 23.0.0".
func named(line string) string {
	line, _, _ = strings.Cut(line, " ")
	return strings.ReplaceAll(line, "==", " ")
}

// pip runs pip install. What it says is kept for the error, and the log gets what takes time.
func (p *python) pip(ctx context.Context, s step, args []string) error {
	env := language.With(language.With(p.Env, indexEnv(p.Env, s.Indexes)), map[string]string{
		"PIP_CACHE_DIR": p.cache,
		// Paths of temporary folders in debug information would make every build another one.
		"CFLAGS":   strings.TrimSpace(p.Env["CFLAGS"] + " -g0"),
		"CXXFLAGS": strings.TrimSpace(p.Env["CXXFLAGS"] + " -g0"),
		// The earliest time that a zip file, and so a wheel, can hold.
		"SOURCE_DATE_EPOCH": "315532800",
		"TMPDIR":            p.Temp,
		"PIP_PYTHON":        filepath.Join(p.layer.Path, "bin", "python3"), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off",
	})
	out := newPipOutput(p.Log)
	all := append(systemPip("install"), args...)
	all = append(all, "--no-compile", "--no-warn-script-location")
	command := language.Command{Args: all, What: "pip install", Dir: p.base(), Env: env, Stdout: out, Stderr: out}
	err := p.Run(ctx, command)
	if p.wantsPkgResources(err) {
		if command.Env, err = p.withOldSetuptools(env); err == nil {
			err = p.Run(ctx, command)
		}
	}
	if err != nil {
		return fmt.Errorf("cannot install %s: %w", s.What, err)
	}
	return nil
}

// makeVenv makes a virtual environment by hand (PEP 405): pyvenv.cfg, the interpreter's links and an empty site-packages; what
// `python3 -m venv` adds to it is for people at a shell.
func (p *python) makeVenv(context.Context) error {
	bin := filepath.Join(p.layer.Path, "bin")
	for _, dir := range []string{bin, p.sitePackages()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("cannot make virtual environment: %w", err)
		}
	}
	for name, target := range map[string]string{"python3": p.interpreter, "python": "python3", "python" + minor(p.version): "python3"} {
		if err := os.Symlink(target, filepath.Join(bin, name)); err != nil {
			return fmt.Errorf("cannot make virtual environment: %w", err)
		}
	}
	return p.configureVenv(false)
}

// showSystem makes Debian's own modules (slices of python3-* packages) visible in the virtual environment when pip is done; before, pip
// would take those of the build image for installed.
func (p *python) showSystem(context.Context) error { return p.configureVenv(true) }

func (p *python) configureVenv(system bool) error {
	cfg := fmt.Sprintf("home = %s\ninclude-system-site-packages = %t\nversion = %s\n", filepath.Dir(p.interpreter), system, p.version)
	if err := os.WriteFile(filepath.Join(p.layer.Path, "pyvenv.cfg"), []byte(cfg), 0o644); err != nil {
		return fmt.Errorf("cannot make virtual environment: %w", err)
	}
	return nil
}

// removeBuilt removes what build backends leave in the app's folders: a rebuild that installs nothing would not have it, and so
// make another image.
func (p *python) removeBuilt(context.Context) error {
	for _, s := range p.plan.Steps {
		for _, arg := range s.Args {
			if arg != "." && !strings.HasPrefix(arg, "./") {
				continue
			}
			folder := filepath.Join(p.base(), arg)
			if err := errors.Join(removeMatches(folder, "*.egg-info"), removeMatches(folder, "src/*.egg-info")); err != nil {
				return err
			}
		}
	}
	if p.hadBuild {
		return nil
	}
	return os.RemoveAll(filepath.Join(p.Dir, "build"))
}

// removeMatches removes what matches a pattern in a folder.
func removeMatches(folder, pattern string) error {
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		return fmt.Errorf("cannot look for %s: %w", pattern, err)
	}
	for _, f := range found {
		if err := os.RemoveAll(f); err != nil {
			return fmt.Errorf("cannot remove %s: %w", f, err)
		}
	}
	return nil
}
