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
	"whittle.dev/whittle/slicer/contract"
	record "whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/slicertest"
)

// newPython is an app and a layer of packages, both empty.
func newPython(t *testing.T, run language.Runner) *python {
	t.Helper()
	layer := language.Layer{Name: layerPackages, Path: t.TempDir()}
	return &python{Site: language.Site{Dir: t.TempDir(), Temp: t.TempDir(), Log: languagetest.Quiet(), Run: run}, version: "3.13.5", interpreter: systemPython, layer: layer, plan: &plan{}}
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

// TestTrimKeepsSourcesThatCodeOpens: autobahn gives cffi a file of C when it is imported.
func TestTrimKeepsSourcesThatCodeOpens(t *testing.T) {
	p := newPython(t, nil)
	files := map[string]string{
		"auto/nvx.py":        "with open(os.path.join(here, \"_check.c\")) as fd:\n    ffi.set_source(fd.read(), extra='sub/decl.h')\n",
		"auto/build.py":      "code = '#include \"other.h\"'\n",
		"auto/setup.py":      "Extension('m', ['m.c'])\n",
		"auto/tests/test.py": "x = 'm.c'\n",
		"auto/_check.c":      "x", "auto/sub/decl.h": "x", "auto/other.h": "x", "auto/m.c": "x",
	}
	record := "../../../bin/tool.py,,\nauto-1.dist-info/RECORD,,\n"
	for name := range files {
		record += name + ",,\n"
	}
	languagetest.Write(t, p.sitePackages(), files)
	languagetest.Write(t, p.sitePackages(), map[string]string{"auto-1.dist-info/RECORD": record, "auto-1.dist-info/WHEEL": "Tag: py3-none-any\n"})
	if _, err := p.trim(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(languagetest.Names(t, p.sitePackages()), func(f string) bool { return !developmentFile(f) })
	if diff := cmp.Diff([]string{"auto/_check.c", "auto/sub/decl.h"}, got); diff != "" {
		t.Error(diff)
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

// TestOptionalModulesComeByImport gives what the scans of app and packages print. The packages' is made once.
func TestOptionalModulesComeByImport(t *testing.T) {
	ofDir, runs := map[string]string{}, map[string]int{}
	p := newPython(t, func(_ context.Context, c language.Command) error {
		dir := c.Args[len(c.Args)-1]
		runs[dir]++
		_, err := io.WriteString(c.Stdout, ofDir[dir])
		return err
	})
	p.cache, p.packagesKey = t.TempDir(), "one"
	inApp, inPackage := p.Dir+"/my db.py", p.sitePackages()+"/x/y.py"
	ofDir[p.Dir] = fmt.Sprintf(`{"modules": {"sqlite3": %q, "turtle": %q}}`, inApp, inApp)
	ofDir[p.sitePackages()] = fmt.Sprintf(`{"modules": {"ctypes": %[1]q, "sqlite3": %[1]q, "tkinter": %[1]q}}`, inPackage)
	want := []slicer.Named{
		{Name: "libpython3.13-stdlib_ctypes", By: "import in x/y.py", Kind: record.Runtime, Layer: contract.LayerPython},
		{Name: "libpython3.13-stdlib_sqlite3", By: "import in my db.py", Kind: record.Runtime, Layer: contract.LayerPython},
		{Name: "python3.13_standard", By: "Python app", Kind: record.Runtime, Layer: contract.LayerPython},
	}
	for range 2 {
		n, err := p.runtime(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, n.Slices); diff != "" {
			t.Error(diff)
		}
		if text := strings.Join(n.Notes, "\n"); !strings.Contains(text, "bz2, curses, dbm, lzma, readline, tkinter (add one by naming libpython3.13-stdlib_bz2") {
			t.Errorf("notes are %s", text)
		}
	}
	p.packagesKey = "two"
	ofDir[p.sitePackages()] = fmt.Sprintf(`{"modules": {"tkinter": %q}}`, p.sitePackages()+"/customtkinter/__init__.py")
	n, err := p.runtime(t.Context())
	if err != nil || !slices.ContainsFunc(n.Slices, func(n slicer.Named) bool { return n.Name == "python3-tk_tkinter" }) {
		t.Errorf("a package that is made for windows: %v, %v", n.Slices, err)
	}
	if runs[p.Dir] != 3 || runs[p.sitePackages()] != 2 {
		t.Errorf("scans: %v", runs)
	}
	ofDir[p.Dir] = fmt.Sprintf(`{"finds": %q}`, inApp)
	for _, standalone := range []string{"", "/layers/python"} {
		p.standalone = standalone
		if n, err = p.runtime(t.Context()); err != nil || !slices.ContainsFunc(n.Slices, func(n slicer.Named) bool { return n.Name == "libc-bin_ldconfig" && n.By == "find_library in my db.py" }) {
			t.Errorf("find_library with the interpreter %q: %v, %v", standalone, n.Slices, err)
		}
	}
	p.Run = func(context.Context, language.Command) error {
		return &language.ProgramError{Args: []string{"python3"}, Err: os.ErrNotExist}
	}
	_, err = p.runtime(t.Context())
	languagetest.Has(t, err, "cannot see what the app imports: cannot run python3")
}

// TestPythonKey changes one file of an app: the key changes where pip may read that file for these steps.
func TestPythonKey(t *testing.T) {
	app := map[string]string{
		"requirements.txt": "flask\n-r more/dev.txt\n", "more/dev.txt": "x", "app.py": "x", "lib/setup.py": "x", "wheels/a.whl": "x", ".git/a.txt": "x", "README.md": "x",
		"pyproject.toml": "x", "shop/__init__.py": "version = 1\nother = 1\n", "data.txt": "x",
	}
	key := func(plan *plan, changed, text string) string {
		p := newPython(t, nil)
		p.plan, p.Files = plan, os.DirFS(p.Dir)
		languagetest.Write(t, p.Dir, app)
		if changed != "" {
			languagetest.Write(t, p.Dir, map[string]string{changed: text})
		}
		k, err := p.key()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	files := &plan{Files: []string{"requirements.txt", "more/dev.txt"}, Steps: []step{{Args: []string{"-r", "requirements.txt"}}}}
	locked := &plan{Files: []string{"uv.lock"}, Steps: []step{{Lines: []string{"flask==3 --hash=sha256:0"}}}}
	linked := &plan{Steps: []step{{Args: []string{"--no-deps", "--editable", "./."}}}}
	copied := &plan{Steps: []step{{Args: []string{"--no-deps", "./."}}}}
	for _, row := range []struct {
		plan       *plan
		file, text string
		new        bool
	}{
		{files, "requirements.txt", "other", true},
		{files, "more/dev.txt", "other", true},
		{files, "wheels/a.whl", "other", true},
		{files, "lib/setup.py", "other", false},
		{files, "app.py", "other", false},
		{files, "data.txt", "other", false},
		{locked, "uv.lock", "other", false},
		{locked, "pyproject.toml", "other", false},
		{linked, "pyproject.toml", "other", true},
		{linked, "app.py", "other", false},
		{linked, "other.py", "x", true},
		{linked, "new/__init__.py", "x", true},
		{linked, "shop/__init__.py", "version = 2\nother = 1\n", true},
		{linked, "shop/__init__.py", "version = 1\nother = 2\n", false},
		{copied, "app.py", "other", true},
		{copied, ".git/a.txt", "other", false},
		{copied, "__pycache__/a.txt", "other", false},
	} {
		if changed := key(row.plan, row.file, row.text) != key(row.plan, "", ""); changed != row.new {
			t.Errorf("%v: %s changes to %q: the key changes: %v", row.plan.Steps, row.file, row.text, changed)
		}
	}
}
