package python

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/slicertest"
)

// newPython is an app and a layer of packages, both empty.
func newPython(t *testing.T, run language.Runner) *python {
	t.Helper()
	layer := language.Layer{Name: layerPackages, Path: t.TempDir()}
	return &python{Site: language.Site{Dir: t.TempDir(), Temp: t.TempDir(), Log: languagetest.Quiet(), Run: run}, version: "3.13.5", layer: layer}
}

func TestReadWants(t *testing.T) {
	const project = "[project]\nname = \"x\"\ndependencies = [\"flask\", \"lxml>=5\"]\n"
	for _, row := range []struct {
		name, requirements, toml string
		pip                      [][]string
		own, app                 bool
		scripts                  string
		err                      string
	}{
		{name: "nothing"},
		{name: "requirements", requirements: "flask\n", pip: [][]string{{"-r", "requirements.txt"}}},
		{name: "requirements go before the manifest", requirements: "flask\n", toml: project, pip: [][]string{{"-r", "requirements.txt"}}},
		{name: "the app itself", requirements: "flask\n-e .\n", pip: [][]string{{"-r", "requirements.txt"}}, own: true},
		{name: "a folder of the app", requirements: "./lib\n", pip: [][]string{{"-r", "requirements.txt"}}, own: true},
		{name: "a manifest", toml: project, pip: [][]string{{"flask", "lxml>=5"}}},
		{name: "a manifest with a build system", toml: project + "[build-system]\nrequires = []\n", pip: [][]string{{"flask", "lxml>=5"}}, own: true, app: true},
		{name: "a manifest with a script", toml: "[project]\nname = \"x\"\n[project.scripts]\nserve = \"x:main\"\n", own: true, app: true, scripts: "serve"},
		{name: "another tool's manifest", toml: "[tool.poetry]\nname = \"x\"\n", err: "pyproject.toml has no [project] table"},
		{name: "no TOML", toml: "[[", err: "cannot read pyproject.toml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"requirements.txt": row.requirements, "pyproject.toml": row.toml} {
				if text != "" {
					languagetest.Write(t, dir, map[string]string{name: text})
				}
			}
			w, err := readWants(dir)
			if languagetest.Has(t, err, row.err); err != nil {
				return
			}
			if diff := cmp.Diff(row.pip, w.pip); diff != "" || w.own != row.own || (w.optional != nil) != row.app || language.List(w.names) != row.scripts {
				t.Errorf("got %+v", w)
			}
		})
	}
}

// TestPythonKey changes one file of an app: the key changes where pip may read that file.
func TestPythonKey(t *testing.T) {
	app := map[string]string{"requirements.txt": "flask\n-r more/dev.txt\n", "more/dev.txt": "x", "app.py": "x", "lib/setup.py": "x", "wheels/a.whl": "x", ".git/a.txt": "x", "README.md": "x"}
	key := func(own bool, changed string) string {
		dir := t.TempDir()
		languagetest.Write(t, dir, app)
		if changed != "" {
			languagetest.Write(t, dir, map[string]string{changed: "other"})
		}
		k, err := wants{own: own}.key(dir)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if first, again := key(false, ""), key(false, ""); first != again {
		t.Error("equal apps have other keys")
	}
	for _, row := range []struct {
		file     string
		own, new bool
	}{
		{"requirements.txt", false, true},
		{"more/dev.txt", false, true},
		{"lib/setup.py", false, true},
		{"wheels/a.whl", false, true},
		{"constraints.txt", false, true},
		{"app.py", false, false},
		{"app.py", true, true},
		{"README.md", false, false},
		{".git/a.txt", true, false},
		{"__pycache__/a.txt", true, false},
	} {
		if changed := key(row.own, row.file) != key(row.own, ""); changed != row.new {
			t.Errorf("%s (own source: %v): the key changes: %v", row.file, row.own, changed)
		}
	}
}

// TestTrim trims two distributions, one of them built here: only that one is stripped, and both RECORDs stay true.
func TestTrim(t *testing.T) {
	module := string(slicertest.ELFOf("needs=libc.so.6").Bytes())
	var stripped []string
	p := newPython(t, func(_ context.Context, c language.Command) error {
		file := c.Args[len(c.Args)-1]
		stripped = append(stripped, filepath.Base(file))
		return os.WriteFile(file, []byte("stripped"), 0o644)
	})
	record := "%[1]s/__init__.py,sha256=AAA,1\n%[1]s/m.cpython-313.so,sha256=BBB,2\n%[1]s/fake.so,sha256=CCC,4\n%[1]s/inc/m.h,sha256=DDD,1\n%[1]s/m.pyx,,\n%[1]s/gone.c,,\n%[1]s-1.dist-info/RECORD,,\n"
	for name, tag := range map[string]string{"built": "linux_x86_64", "wheel": "manylinux_2_17_x86_64"} {
		languagetest.Write(t, p.sitePackages(), map[string]string{
			name + "/__init__.py": "x", name + "/m.cpython-313.so": module, name + "/fake.so": "text", name + "/inc/m.h": "x", name + "/m.pyx": "x",
			name + "/__pycache__/a.pyc": "x", name + "/tests/test_a.py": "x",
			name + "-1.dist-info/RECORD": fmt.Sprintf(record, name), name + "-1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: cp313-cp313-" + tag + "\n",
		})
	}
	saved, err := p.trim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"m.cpython-313.so"}, stripped); diff != "" {
		t.Errorf("stripped: %s", diff)
	}
	if saved.Before <= saved.After {
		t.Errorf("sizes are %+v", saved)
	}
	digest := func(name string) string {
		sum, size, err := recordDigest(filepath.Join(p.sitePackages(), name))
		if err != nil {
			t.Fatal(err)
		}
		return name + "," + sum + "," + size + "\n"
	}
	built := "built/__init__.py,sha256=AAA,1\n" + digest("built/m.cpython-313.so") + digest("built/fake.so") + "built-1.dist-info/RECORD,,\n"
	if diff := cmp.Diff(built, languagetest.Read(t, p.sitePackages()+"/built-1.dist-info/RECORD")); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(built, "m.cpython-313.so,sha256=") || !strings.Contains(built, ",8\n") {
		t.Errorf("RECORD is %s", built)
	}
	wheel := "wheel/__init__.py,sha256=AAA,1\nwheel/m.cpython-313.so,sha256=BBB,2\nwheel/fake.so,sha256=CCC,4\nwheel-1.dist-info/RECORD,,\n"
	if diff := cmp.Diff(wheel, languagetest.Read(t, p.sitePackages()+"/wheel-1.dist-info/RECORD")); diff != "" {
		t.Error(diff)
	}
	want := strings.Fields("wheel/__init__.py wheel/fake.so wheel/m.cpython-313.so wheel/tests/test_a.py wheel-1.dist-info/RECORD wheel-1.dist-info/WHEEL")
	if diff := cmp.Diff(want, slices.DeleteFunc(languagetest.Names(t, p.sitePackages()), func(f string) bool { return strings.HasPrefix(f, "built") })); diff != "" {
		t.Error(diff)
	}
}

// TestPackageListsAreNeverDroppedSilently: an image without its packages would build and not run.
func TestPackageListsAreNeverDroppedSilently(t *testing.T) {
	for _, row := range []struct {
		file, text string
		pip        string // what pip is asked for; empty for an error
	}{
		{"setup.py", "", "."},
		{"pyproject.toml", "[project]\nname = \"x\"\ndynamic = [\"dependencies\"]\n", "."},
		{"Pipfile", "", ""},
		{"uv.lock", "", ""},
		{"poetry.lock", "", ""},
	} {
		dir := t.TempDir()
		languagetest.Write(t, dir, map[string]string{row.file: row.text})
		w, err := readWants(dir)
		if row.pip == "" {
			if err == nil || !strings.Contains(err.Error(), row.file) {
				t.Errorf("%s: %v", row.file, err)
			}
			continue
		}
		if err != nil || len(w.pip) != 1 || w.pip[0][0] != row.pip || !w.own {
			t.Errorf("%s: %+v, %v", row.file, w, err)
		}
	}
}

// TestTrimRefusesRecordThatLeavesTheLayer: a RECORD is a package's own word, and files are removed and stripped by it.
func TestTrimRefusesRecordThatLeavesTheLayer(t *testing.T) {
	for _, record := range []string{"../../../../../victim.c,,\n", "/../../../../../../victim.so,,\n", "m.cpython-313.so\n"} {
		p := newPython(t, func(context.Context, language.Command) error { return nil })
		victim := filepath.Join(filepath.Dir(p.layer.Path), "victim.c")
		if err := os.WriteFile(victim, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, p.sitePackages(), map[string]string{"evil-1.dist-info/RECORD": record, "evil-1.dist-info/WHEEL": "Tag: cp313-cp313-linux_x86_64\n"})
		if _, err := p.trim(t.Context()); err == nil || !strings.Contains(err.Error(), "RECORD") {
			t.Errorf("RECORD %q: %v", record, err)
		}
		if _, err := os.Stat(victim); err != nil {
			t.Errorf("RECORD %q: %v", record, err)
		}
	}
}

// TestOptionalModulesComeByImport gives what the scan of the imports prints.
func TestOptionalModulesComeByImport(t *testing.T) {
	var out string
	p := newPython(t, func(_ context.Context, c language.Command) error {
		_, err := io.WriteString(c.Stdout, out)
		return err
	})
	inApp, inPackage := p.Dir+"/my db.py", p.sitePackages()+"/x/y.py"
	out = "ctypes " + inPackage + "\njson " + inApp + "\nsqlite3 " + inApp + "\n"
	named, notes, err := p.runtime(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []slicer.Named{
		{Name: "libpython3.13-stdlib_ctypes", By: "import in " + inPackage, Kind: slicer.Runtime, Layer: slicer.LayerPython},
		{Name: "libpython3.13-stdlib_sqlite3", By: "import in my db.py", Kind: slicer.Runtime, Layer: slicer.LayerPython},
		{Name: "python3.13_standard", By: "Python app", Kind: slicer.Runtime, Layer: slicer.LayerPython},
	}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Error(diff)
	}
	if text := strings.Join(notes, "\n"); !strings.Contains(text, "bz2, curses, dbm, lzma, readline (add one by naming libpython3.13-stdlib_bz2") {
		t.Errorf("notes are %s", text)
	}
	p.Run = func(context.Context, language.Command) error {
		return &language.ProgramError{Args: []string{"python3"}, Err: os.ErrNotExist}
	}
	_, _, err = p.runtime(t.Context())
	languagetest.Has(t, err, "cannot see what the app imports: cannot run python3")
}

func TestPythonStart(t *testing.T) {
	const fast, flask = "from fastapi import FastAPI\napi: FastAPI = FastAPI()\n", "import flask\nweb = flask.Flask(__name__)\n"
	for _, row := range []struct {
		name, script, installed string
		files                   map[string]string
		want, why               string
	}{
		{name: "nothing", files: map[string]string{"lib.py": "x"}},
		{name: "main.py goes before app.py", files: map[string]string{"app.py": flask, "main.py": "x"}, want: "python3 main.py", why: "main.py"},
		{name: "FastAPI", installed: "uvicorn", files: map[string]string{"main.py": fast}, want: "uvicorn --host 0.0.0.0 --port ${PORT:-8080} main:api", why: "main.py and uvicorn"},
		{name: "FastAPI without a server", files: map[string]string{"main.py": fast}, want: "python3 main.py", why: "main.py"},
		{name: "FastAPI that runs itself", installed: "uvicorn", files: map[string]string{"main.py": fast + "if __name__ == '__main__':\n    run()\n"}, want: "python3 main.py", why: "main.py"},
		{name: "Flask and gunicorn", installed: "gunicorn", files: map[string]string{"app.py": flask}, want: "gunicorn --bind 0.0.0.0:${PORT:-8080} app:web", why: "app.py and gunicorn"},
		{name: "Flask", installed: "flask", files: map[string]string{"app.py": flask}, want: "flask --app app:web run --host 0.0.0.0 --port ${PORT:-8080}", why: "app.py and flask"},
		{name: "Flask in a function", installed: "gunicorn", files: map[string]string{"app.py": "def make():\n    web = Flask(__name__)\n"}, want: "python3 app.py", why: "app.py"},
		{name: "Django", installed: "gunicorn", files: map[string]string{"manage.py": "x", "shop/wsgi.py": "x", "main.py": "x"}, want: "gunicorn --bind 0.0.0.0:${PORT:-8080} shop.wsgi", why: "manage.py and gunicorn"},
		{name: "the app's script", script: "serve", installed: "serve", files: map[string]string{"main.py": "x"}, want: "serve", why: "[project.scripts]"},
		{name: "a script that pip could not install", script: "serve", files: map[string]string{"main.py": "x"}, want: "python3 main.py", why: "main.py"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPython(t, nil)
			p.wants.names = strings.Fields(row.script)
			for _, program := range strings.Fields(row.installed) {
				languagetest.Write(t, p.layer.Path, map[string]string{"bin/" + program: "#!"})
			}
			languagetest.Write(t, p.Dir, row.files)
			found, looked, err := p.start()
			if err != nil {
				t.Fatal(err)
			}
			if row.want == "" {
				if len(found) != 0 || !slices.Contains(looked, "main.py") {
					t.Errorf("got %v, looked for %v", found, looked)
				}
				return
			}
			if len(found) != 1 || found[0].Type != "web" || found[0].Why != row.why {
				t.Fatalf("got %+v", found)
			}
			if got := found[0].Line + strings.TrimPrefix(strings.Join(found[0].Command, " "), p.layer.Path+"/bin/"); got != row.want {
				t.Errorf("got %s", got)
			}
		})
	}
}
