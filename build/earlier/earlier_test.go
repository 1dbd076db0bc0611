package earlier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"
)

const left = `
-- group.toml --
[[group]]
id = "paketo/ca"
version = "1.0.0"
api = "0.7"
[[group]]
id = "heroku/node"
version = "2.1.0"
api = "0.10"
[[group]]
id = "whittle/whittle"
version = "0.1.0"
[[group]]
id = "later/one"
-- analyzed.toml --
-- paketo_ca/helper.toml --
[types]
launch = true
[metadata]
sum = "a"
-- paketo_ca/helper/exec.d/helper --
-- heroku_node/launch.toml --
[[processes]]
type = "web"
command = ["node", "server.js"]
args = ["--port", "1"]
default = true
working-dir = "/workspace/web"
[[processes]]
type = "old"
command = "npm start"
[[processes]]
type = "direct"
command = "npm"
args = ["start"]
direct = true
[[processes]]
type = "nothing"
command = []
-- heroku_node/build.toml --
-- heroku_node/store.toml --
-- heroku_node/dist.toml --
[types]
launch = true
[metadata]
version = "22"
-- heroku_node/dist/bin/node --
-- heroku_node/dist/lib/libx.so --
-- heroku_node/dist/env/PATH.prepend --
/opt/tools:relative:/layers/x/
-- heroku_node/dist/env.launch/LD_LIBRARY_PATH.append --
/layers/heroku_node/dist/more
-- heroku_node/dist/env.launch/LD_LIBRARY_PATH.delim --
:
-- heroku_node/reused.toml --
[types]
launch = true
cache = false
[metadata]
n = 1
-- heroku_node/cache.toml --
[types]
cache = true
-- heroku_node/cache/bin/x --
-- heroku_node/restored.toml --
[metadata]
n = 1
-- later_one/launch.toml --
[[processes]]
type = "web"
command = ["x"]
-- whittle_whittle/libs.toml --
[types]
launch = true
`

func unpack(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(text)).Files {
		file := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.TrimSuffix(string(f.Data), "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRead(t *testing.T) {
	dir := unpack(t, left)
	got, err := Read(dir, "whittle/whittle")
	if err != nil {
		t.Fatal(err)
	}
	node := dir + "/heroku_node/"
	want := []Buildpack{
		{ID: "paketo/ca", Version: "1.0.0", Layers: []Layer{{Path: dir + "/paketo_ca/helper"}}},
		{
			ID: "heroku/node", Version: "2.1.0",
			Layers: []Layer{
				{
					Path: node + "dist", Programs: []string{"/opt/tools", "/layers/x", node + "dist/bin"},
					Libraries: []string{"/layers/heroku_node/dist/more", node + "dist/lib"},
				},
				{Path: node + "reused", Unseen: true},
			},
			Processes: []Process{
				{Type: "web", Command: []string{"node", "server.js", "--port", "1"}, Dir: "/workspace/web"},
				{Type: "old", Command: []string{"npm start"}, Shell: true},
				{Type: "direct", Command: []string{"npm", "start"}},
			},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Layer{}, "Key")); diff != "" {
		t.Error(diff)
	}
	if a, b := got[0].Layers[0].Key, got[1].Layers[0].Key; a == b || len(a) != 64 {
		t.Errorf("keys are %q and %q", a, b)
	}
}

// TestReadWithoutAGroup goes by the folders, as with a platform that keeps group.toml elsewhere.
func TestReadWithoutAGroup(t *testing.T) {
	dir := unpack(t, left)
	if err := os.Remove(dir + "/group.toml"); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir, "whittle/whittle")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, b := range got {
		ids = append(ids, b.ID)
	}
	if diff := cmp.Diff([]string{"heroku_node", "later_one", "paketo_ca"}, ids); diff != "" {
		t.Error(diff)
	}
}

// TestReadOfWhatIsForeign gives folders that are not what they should be. What leads out of the layers is not followed.
func TestReadOfWhatIsForeign(t *testing.T) {
	for _, row := range []struct {
		name, files, want string
		make              func(dir string) error
	}{
		{name: "nothing", files: ""},
		{name: "first of its group", files: "-- group.toml --\n[[group]]\nid = \"whittle/whittle\"\n"},
		{name: "a group without it", files: "-- group.toml --\n[[group]]\nid = \"x/y\"\n-- x_y/launch.toml --\n[[processes]]\n"},
		{name: "an ID that is a path", files: "-- group.toml --\n[[group]]\nid = \"..\"\n[[group]]\nid = \"whittle/whittle\"\n"},
		{name: "no TOML", files: "-- x_y/launch.toml --\n[[\n", want: "cannot read what buildpack x_y left: cannot read launch.toml"},
		{
			name: "a link out", files: "-- x_y/a --\n", want: "cannot read what buildpack x_y left",
			make: func(dir string) error { return os.Symlink("/etc/hostname", dir+"/x_y/launch.toml") },
		},
		{
			name: "a file that is a directory", files: "-- x_y/launch.toml/a --\n", want: "no regular file",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := unpack(t, row.files)
			if row.make != nil {
				if err := row.make(dir); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Read(dir, "whittle/whittle")
			if (err != nil) != (row.want != "") || err != nil && !strings.Contains(err.Error(), row.want) || err == nil && len(got) > 0 {
				t.Errorf("got %v, %v; want %q", got, err, row.want)
			}
		})
	}
}
