package python

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/language"
)

// locker is a tool that writes a lock, brought for the build that asks for it.
type locker struct {
	File    string // the lock
	Package string // of the index, in a version that was tried
	With    string // what it needs in another version than the newest; empty for nothing
	Args    []string
}

var lockers = map[string]locker{
	"uv":     {"uv.lock", "uv==0.8.22", "", []string{"uv", "lock"}},
	"poetry": {"poetry.lock", "poetry==2.1.4", "", []string{"poetry", "lock", "--no-interaction"}},
	"pdm":    {"pdm.lock", "pdm==2.29.4", "hishel<2", []string{"pdm", "lock"}},
	"pipenv": {"Pipfile.lock", "pipenv==2025.0.4", "", []string{"pipenv", "lock"}},
}

// relock writes the lock anew where BP_LOCK=update asks for it.
func (p *python) relock(ctx context.Context) error {
	if p.Setting("BP_LOCK") != language.Update {
		return nil
	}
	m, err := readManifest(p.Files, ".")
	if err != nil {
		return err
	}
	name := lockerOf(p.Files, m)
	if name == "" {
		p.Log.Warn("BP_LOCK=update: the app has nothing that a lock is made of")
		return nil
	}
	l := lockers[name]
	p.Log.Line("locking anew by %s", l.Package)
	dir := filepath.Join(p.Temp, "locker")
	out := newPipOutput(p.Log)
	install := systemPip("--disable-pip-version-check", "--no-input", "install", "--quiet", "--target", dir, l.Package)
	if l.With != "" {
		install = append(install, l.With)
	}
	if err := p.Run(ctx, language.Command{Args: install, What: "pip install", Dir: p.Temp, Env: p.Env, Stdout: out, Stderr: out}); err != nil {
		return fmt.Errorf("cannot install %s: %w", l.Package, err)
	}
	env := language.With(p.Env, map[string]string{
		"PATH": language.Prepend(p.Env, "PATH", filepath.Join(dir, "bin")), "PYTHONPATH": dir, "HOME": p.Temp, "TMPDIR": p.Temp,
		"UV_CACHE_DIR": filepath.Join(p.Temp, "uv"), "UV_PYTHON": systemPython, "UV_PYTHON_DOWNLOADS": "never", "UV_NATIVE_TLS": "true",
		"UV_DEFAULT_INDEX":          cmp.Or(p.Env["UV_DEFAULT_INDEX"], p.Env["UV_INDEX_URL"], p.Env["PIP_INDEX_URL"]),
		"PIPENV_IGNORE_VIRTUALENVS": "1", "PIPENV_VENV_IN_PROJECT": "", "POETRY_VIRTUALENVS_CREATE": "false", "PDM_CHECK_UPDATE": "false",
	})
	if env["UV_DEFAULT_INDEX"] == "" {
		delete(env, "UV_DEFAULT_INDEX")
	}
	if err := p.Run(ctx, language.Command{Args: l.Args, Dir: p.Dir, Env: env}); err != nil {
		return fmt.Errorf("cannot write %s anew: %w", l.File, err)
	}
	return os.RemoveAll(dir)
}

// lockerOf is the tool that locks the app's requirements: the one whose lock is there, else the one whose manifest is.
func lockerOf(dir fs.FS, m *manifest) string {
	l, _, err := readLocks(dir, m)
	switch {
	case err == nil && l != nil && lockers[l.Tool].File == l.File:
		return l.Tool
	case language.IsFile(dir, "Pipfile"):
		return "pipenv"
	case m != nil && m.Poetry:
		return "poetry"
	case m != nil && m.Project:
		return "uv"
	}
	return ""
}
