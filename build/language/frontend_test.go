package language

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestNamedPaths finds relative paths in quotes of both kinds, in the app's own sources alone.
func TestNamedPaths(t *testing.T) {
	files := fstest.MapFS{
		"app.py":              {Data: []byte("import x\napp.mount('/', StaticFiles(directory='web/dist/'))\na = \"./ui/build/index.html\"; b = 'web'; c = '/etc/passwd'; d = '../up/dist'; e = \"a b/c\"\n")},
		"lib/x.py":            {Data: []byte("X = \"front/out\"\n")},
		"lib/x.test.py":       {Data: []byte("X = \"tested/dist\"\n")},
		"tests/t.py":          {Data: []byte("X = \"a/dist\"\n")},
		"node_modules/m/s.py": {Data: []byte("X = \"b/dist\"\n")},
		"readme.md":           {Data: []byte("\"c/dist\"\n")},
	}
	want := []Named{{Path: "web/dist", By: "app.py line 2"}, {Path: "ui/build/index.html", By: "app.py line 3"}, {Path: "front/out", By: "lib/x.py line 1"}}
	if diff := cmp.Diff(want, NamedPaths(files, ".py")); diff != "" {
		t.Error(diff)
	}
}
