package python

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestStandalone has a fake uv lay down a CPython: it is asked for the app's version at the mirror, trimmed, and kept.
func TestStandalone(t *testing.T) {
	var fetched []string
	run := func(_ context.Context, c language.Command) error {
		if slices.Contains(c.Args, "install") && strings.HasSuffix(c.Args[0], "/uv") {
			fetched = append(fetched, c.Args[3]+" from "+c.Env["UV_PYTHON_INSTALL_MIRROR"])
			dir := c.Args[len(c.Args)-1]
			languagetest.Write(t, dir, map[string]string{
				"cpython-3.12.9/bin/python3": "x", "cpython-3.12.9/bin/pip3": "x", "cpython-3.12.9/include/python3.12/Python.h": "x", "cpython-3.12.9/lib/python3.12/os.py": "x",
				"cpython-3.12.9/lib/python3.12/test/test_os.py": "x", "cpython-3.12.9/lib/libpython3.12.a": "x", ".lock": "x",
			})
			return os.Symlink("cpython-3.12.9", filepath.Join(dir, "cpython-3.12"))
		}
		if slices.Contains(c.Args, "--version") {
			_, err := io.WriteString(c.Stdout, "Python 3.12.9\n")
			return err
		}
		return nil
	}
	site := languagetest.Site(t, run)
	site.Env = map[string]string{"BP_PYTHON_SOURCE": "standalone", "BP_PYTHON_MIRROR": "https://mirror.example/builds"}
	languagetest.Write(t, site.Dir, map[string]string{".python-version": "3.12\n", "pyproject.toml": "[project]\nname = \"x\"\nrequires-python = \">=3.12\"\n"})
	for range 2 {
		p := &python{Site: site}
		if err := p.chooseSource(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.chooseVersion(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p.version != "3.12.9" || !strings.HasSuffix(p.interpreter, "/python-standalone/cpython-3.12.9/bin/python3") {
			t.Errorf("got %s at %s", p.version, p.interpreter)
		}
		if got := strings.Join(languagetest.Names(t, p.standalone), " "); got != "cpython-3.12.9/bin/python3 cpython-3.12.9/lib/python3.12/os.py" {
			t.Errorf("left is %s", got)
		}
	}
	if got := strings.Join(fetched, ", "); got != "3.12 from https://mirror.example/builds" {
		t.Errorf("fetched: %s", got)
	}
}
