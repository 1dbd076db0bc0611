package language

import (
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestMayWrite names folders that are kept empty where the sources name them and write files, and no others.
func TestMayWrite(t *testing.T) {
	writes := regexp.MustCompile(`\bput\(`)
	const uploads = "put('uploads/' + name, data)\n"
	for _, row := range []struct {
		name  string
		files map[string]string
		more  []string
		want  []string
	}{
		{"kept by a file", map[string]string{"app.x": uploads, "uploads/.gitkeep": ""}, nil, []string{"uploads"}},
		{"the topmost of several", map[string]string{"app.x": "put(path)\nconst dir = \"./data\"\n", "data/cache/.gitignore": "*\n!.gitignore\n", "data/index/_dummy": "", "data/README.md": "data"}, nil, []string{"data"}},
		{"below a folder that has files", map[string]string{"app.x": "put(`${root}/public/uploads/${name}`)\n", "public/a.css": "", "public/uploads/index.html": "<html><title>x</title><body>&nbsp;</body></html>"}, nil, []string{"public/uploads"}},
		{"a page that says no", map[string]string{"app.x": uploads, "uploads/index.html": "<h1>403 Forbidden</h1>"}, nil, []string{"uploads"}},
		{"a folder that a language names", map[string]string{"app.x": "put(\"data/x\")\n", "data/pages/start.txt": "hello"}, []string{"data"}, []string{"data"}},
		{"a folder of examples that a language names", map[string]string{"app.x": "put(\"docs/x\")\n", "docs/a.txt": "hello"}, []string{"docs"}, nil},

		{"a page", map[string]string{"app.x": uploads, "uploads/index.html": "<h1>Hello</h1>"}, nil, nil},
		{"a script that runs", map[string]string{"app.x": uploads, "uploads/index.php": "<?php run();\n"}, nil, nil},
		{"files", map[string]string{"app.x": uploads, "uploads/.gitkeep": "", "uploads/a.png": ""}, nil, nil},
		{"nobody writes", map[string]string{"app.x": "get('uploads/a')\n", "uploads/.gitkeep": ""}, nil, nil},
		{"nobody names it", map[string]string{"app.x": "put('files/a')\nmyuploads = 1\n", "uploads/.gitkeep": ""}, nil, nil},
		{"a comment names it", map[string]string{"app.x": "// put('uploads/a')\n", "uploads/.gitkeep": ""}, nil, nil},
		{"packages, tests and hidden folders", map[string]string{"app.x": uploads, "vendor/uploads/.gitkeep": "", "tests/uploads/.gitkeep": "", ".git/uploads/.gitkeep": ""}, nil, nil},
		{"other sources", map[string]string{"app.y": uploads, "uploads/.gitkeep": ""}, nil, nil},
	} {
		files := fstest.MapFS{}
		for name, text := range row.files {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		files["lib/fetched/later"] = &fstest.MapFile{Mode: 0o755 | 1<<31} // an empty folder, of a submodule
		got := Site{Files: files}.MayWrite(Writing{Endings: []string{".x"}, Writes: writes}, row.more...)
		if len(got) == 0 {
			got = nil
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// TestMayWriteToNew names folders that are not there and that the app makes, and no others.
func TestMayWriteToNew(t *testing.T) {
	how := Writing{Endings: []string{".x"}, Writes: regexp.MustCompile(`\bput\(`), Direct: regexp.MustCompile(`path\("([^"]*)"`), Named: regexp.MustCompile(`dir = "([^"]*)"`)}
	for _, row := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"a path in a file that writes", map[string]string{"a.x": "p = path(\"./uploads/\")\nput(p)\n"}, []string{"uploads"}},
		{"a path of a file", map[string]string{"a.x": "put(path(\"data/db/app.db\"))\n"}, []string{"data/db"}},
		{"a name in another file", map[string]string{"a.x": "dir = \"uploads\"\n", "b.x": "put(dir)\n"}, []string{"uploads"}},
		{"several", map[string]string{"a.x": "put(path(\"data\"), path(\"data/x\"), path(\"logs\"))\n"}, []string{"data", "logs"}},

		{"a path in another file", map[string]string{"a.x": "get(path(\"themes\"))\n", "b.x": "put(a)\n"}, nil},
		{"nobody writes", map[string]string{"a.x": "dir = \"uploads\"\n"}, nil},
		{"a folder of the app", map[string]string{"a.x": "put(path(\"data/new\"))\n", "data/a.txt": ""}, nil},
		{"a file of the app's folder", map[string]string{"a.x": "put(path(\"app.db\"))\n"}, nil},
		{"elsewhere", map[string]string{"a.x": "put(path(\"/data\"), path(\"../data\"), path(\"\"))\n"}, nil},
		{"what the build makes", map[string]string{"a.x": "put(path(\"target/generated\"))\n"}, nil},
		{"tests", map[string]string{"tests/a.x": "put(path(\"uploads\"))\n"}, nil},
	} {
		files := fstest.MapFS{}
		for name, text := range row.files {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if diff := cmp.Diff(row.want, Site{Files: files}.MayWrite(how), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}
