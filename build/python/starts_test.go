package python

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/internal/builders"
)

// TestCheckStarts has this machine's python3 import what apps begin with. Packages with an old import, or that lack another's name,
// install well and end the app at once.
func TestCheckStarts(t *testing.T) {
	packages := map[string]string{
		"good/__init__.py": "name = 1\n", "old/__init__.py": "from old.tests import x\n", "old/tests.py": "\nfrom collections import Mapping\n",
		"gone/__init__.py": "import asyncore_of_old\n", "misfit.py": "from good import escape\n",
		"hidden.py": "import tkinter_x\n", "server.py": "raise RuntimeError('no server')\n", "shared.py": "raise ImportError('libx.so.1: cannot open shared object file')\n",
		"guarded.py": "try:\n    import none\nexcept ImportError:\n    pass\n", "loud.py": "print('hello')\n", "lazy.py": "def __getattr__(name):\n    raise AttributeError(name)\n",
		"other.py": "import sys, types\nclass Lazy(types.ModuleType):\n    pass\nsys.modules[__name__] = Lazy(__name__)\n", "ends.py": "import sys\nsys.exit(3)\n",
		"asks.py": "import shop_settings\n", "older.py": "import collections\nclass M(collections.Mapping):\n    pass\n",
		"lateold.py": "def __getattr__(name):\n    if name == 'App':\n        import older\n        return older.M\n    raise AttributeError(name)\n",
		"given.py":   "import types\ntypes.SimpleNamespace().name\n", "none.py": "None.name\n",
	}
	for _, row := range []struct {
		name    string
		files   map[string]string
		setting string
		err     string
	}{
		{name: "all is well", files: map[string]string{"app.py": "import os, good\nfrom good import name\nimport guarded, loud\n"}},
		{
			name: "a package for an older Python", files: map[string]string{"app.py": "\"\"\"Shop.\"\"\"\nimport os\nfrom old import x\n"},
			err: "the app cannot start: line 3 of app.py fails\n  from old import x\n  old/tests.py:2: cannot import name 'Mapping' from 'collections'",
		},
		{name: "what is to be done about it", files: map[string]string{"app.py": "import old"}, err: "Next: old is for an older Python: ask for a newer version of it in requirements.txt, or build with whittle/builder:debian-12 (Python 3.11)."},
		{name: "two packages that do not fit", files: map[string]string{"app.py": "import misfit\n"}, err: "Next: The versions of misfit and good do not fit: ask in requirements.txt for a newer misfit, or for the good of its time."},
		{
			name: "a package that uses what the standard library had", files: map[string]string{"app.py": "import older\n"},
			err: "import older\n  older.py:2: module 'collections' has no attribute 'Mapping'\nNext: older is for an older Python",
		},
		{name: "the same behind a module that makes its names", files: map[string]string{"app.py": "from lateold import App\n"}, err: "from lateold import App\n  older.py:2: module 'collections' has no attribute 'Mapping'"},
		{name: "an attribute that somebody may give", files: map[string]string{"app.py": "import given\nimport none\n"}},
		{name: "the app's own import", files: map[string]string{"app.py": "from good import escape\n"}, err: "Next: The version of good that is installed does not have it"},
		{name: "a package that brings not all it needs", files: map[string]string{"app.py": "import gone\n"}, err: "Next: Add the package that has asyncore_of_old to requirements.txt."},
		{
			name: "in a module of the app", files: map[string]string{"app.py": "from shop import views\n", "shop/__init__.py": "", "shop/views.py": "from . import models\n", "shop/models.py": "import misfit\n"},
			err: "line 1 of shop/models.py fails",
		},
		{name: "after a file of the app gave what lacks", files: map[string]string{"app.py": "import compat\nimport older\n", "compat.py": "import collections, collections.abc\ncollections.Mapping = collections.abc.Mapping\n"}},
		{name: "after a file of the app gave it, where it lacks", files: map[string]string{
			"app.py": "from shop import compat\nimport older\n", "shop/__init__.py": "", "shop/compat.py": "import collections as c\nfor name in ('Mapping',):\n    if not hasattr(c, name):\n        setattr(c, name, dict)\n",
		}},
		{name: "after a file of the app gave a module", files: map[string]string{"app.py": "import compat\nimport gone\n", "compat.py": "import sys\nsys.modules['asyncore_of_old'] = sys\n"}},
		{
			name: "after a file of the app that gives nothing", files: map[string]string{"app.py": "import plain\nimport older\n", "plain.py": "import os\nclass A:\n    def f(self):\n        self.x = os.environ['X'] = 1\n"},
			err: "line 2 of app.py fails",
		},
		{name: "after the app did something", files: map[string]string{"app.py": "import sys\nsys.path.insert(0, 'lib')\nimport misfit\n"}},
		{name: "guarded by the app", files: map[string]string{"app.py": "try:\n    import misfit\nexcept ImportError:\n    misfit = None\n"}},
		{name: "a name of the app's own", files: map[string]string{"app.py": "import misfit\n", "misfit.py": ""}},
		{name: "a folder of the app's own", files: map[string]string{"app.py": "import misfit.x\n", "misfit/data.txt": ""}},
		{name: "a module that nobody has", files: map[string]string{"app.py": "import nobody\n"}},
		{name: "what may be otherwise in the image", files: map[string]string{"app.py": "import server\nimport shared\nimport ends\n"}},
		{name: "modules that make their names", files: map[string]string{"app.py": "from lazy import App\nfrom other import App\n"}},
		{name: "a package that imports a module of the app's", files: map[string]string{"app.py": "import asks\n", "shop_settings.py": ""}},
		{name: "no Python", files: map[string]string{"app.py": "import misfit\nprint 'x'\n"}},
		{name: "Debian's modules", files: map[string]string{"app.py": "import hidden\n", "project.toml": "[dev.whittle.run]\nslices = [\"python3-tk\"]\n"}},
		{name: "it is not wanted", files: map[string]string{"app.py": "import misfit\n"}, setting: "false"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newPython(t, func(ctx context.Context, c language.Command) error {
				cmd := exec.CommandContext(ctx, "python3", c.Args[1:]...)
				cmd.Stdout = c.Stdout
				return cmd.Run()
			})
			languagetest.Write(t, p.Dir, row.files)
			languagetest.Write(t, p.sitePackages(), packages)
			p.begin.Line, p.Files, p.Root, p.version = "python3 app.py", os.DirFS(p.Dir), p.Dir, "3.13.5"
			p.Others = builders.All{{Release: "debian-12", Versions: map[string][]string{"python": {"3.11"}}}}
			p.Env = map[string]string{"BP_PYTHON_IMPORT_CHECK": row.setting}
			languagetest.Has(t, p.checkStarts(t.Context()), row.err)
		})
	}
}

// TestCheckStartedPrograms has a server that cannot import what its package needs: an old gunicorn beside a setuptools that is new.
func TestCheckStartedPrograms(t *testing.T) {
	packages := map[string]string{
		"gunicorn/__init__.py": "", "gunicorn/wsgiapp.py": "from gunicorn import util\ndef run():\n    pass\n", "gunicorn/util.py": "import os\nimport pkg_resources\n",
		"fine.py": "def main():\n    pass\n",
	}
	programs := map[string]string{
		"gunicorn": "#!/usr/bin/python3\nimport re\nimport sys\nfrom gunicorn.wsgiapp import run\nif __name__ == '__main__':\n    sys.exit(run())\n",
		"fine":     "#!/usr/bin/python3\nimport sys\nfrom fine import main\nif __name__ == '__main__':\n    sys.exit(main())\n",
		"binary":   "\x7fELF\x00\x01",
	}
	const old = "the app cannot start: line 4 of the program gunicorn fails\n  from gunicorn.wsgiapp import run\n  gunicorn/util.py:2: No module named 'pkg_resources'\n" +
		"Next: gunicorn is for an older setuptools: ask for a newer version of it in requirements.txt, or for setuptools<81, which has pkg_resources."
	for _, row := range []struct{ name, line, err string }{
		{"the server", "gunicorn --bind 0.0.0.0:${PORT:-8080} app:app", old},
		{"in a folder", "cd src && FLASK_DEBUG=0 exec gunicorn app:app", old},
		{"one that starts", "fine gunicorn", ""},
		{"no program of Python's", "binary x", ""},
		{"no program of a package", "/usr/bin/gunicorn || nothing", ""},
	} {
		p := newPython(t, func(ctx context.Context, c language.Command) error {
			// Without the packages of this machine, and with those of a build image.
			program := "import runpy, sys; sys.path.append(sys.argv.pop(1)); sys.argv.pop(0); runpy.run_path(sys.argv[0])"
			args := append([]string{"-S", "-c", program, filepath.Join(c.Dir, "dist-packages")}, c.Args[3:]...)
			cmd := exec.CommandContext(ctx, "python3", args...)
			cmd.Stdout = c.Stdout
			return cmd.Run()
		})
		languagetest.Write(t, p.sitePackages(), packages)
		languagetest.Write(t, filepath.Join(p.layer.Path, "bin"), programs)
		languagetest.Write(t, filepath.Join(p.Temp, "dist-packages"), map[string]string{"pkg_resources.py": ""}) // as the build image has it
		p.begin.Line, p.Files, p.Root, p.Env = row.line, os.DirFS(p.Dir), p.Dir, map[string]string{}
		languagetest.Has(t, p.checkStarts(t.Context()), row.err)
	}
}
