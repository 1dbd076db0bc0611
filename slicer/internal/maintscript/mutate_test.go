package maintscript

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// planned is a plan of a few files; a path that ends in "/" is a directory, "a -> b" a link, and "a!" mutable.
func planned(t *testing.T, files ...string) mutable {
	t.Helper()
	p := plan.New(context.Background(), plan.Want{Arch: "amd64"}, nil)
	for _, text := range files {
		f := &plan.File{File: manifest.File{Kind: tree.File, Mode: "0644"}, Body: []byte(text)}
		f.Path, f.Mutable = strings.CutSuffix(text, "!")
		if at, to, ok := strings.Cut(text, " -> "); ok {
			f.Path, f.Link, f.Kind = at, to, tree.Symlink
		} else if dir, ok := strings.CutSuffix(text, "/"); ok {
			f.Path, f.Kind = dir, tree.Directory
		}
		if err := p.Put(f); err != nil {
			t.Fatal(err)
		}
	}
	return mutable{&Pass{Resolver: &resolve.Resolver{Plan: p}}}
}

func TestScriptsSeeThePlan(t *testing.T) {
	m := planned(t, "etc/list!", "etc/fixed", "run/", "var/run -> /run", "usr/share/a/x", "usr/share/now -> a", "loop -> loop", "out -> ../../etc/fixed")
	for _, row := range []struct {
		name, do, path, want string
	}{
		{"the root", "list", "/", "etc/ loop out run/ usr/ var/"},
		{"an empty directory", "list", "/run", ""},
		{"an empty directory by a link", "list", "/var/run", ""},
		{"a directory by a link", "list", "/usr/share/now", "x"},
		{"what nobody has", "list", "/opt", "cannot list /opt: no slice has a directory there"},
		{"a file by a link in its path", "read", "/usr/share/now/x", "usr/share/a/x"},
		{"a link above the root ends at the root", "read", "/out", "etc/fixed"},
		{"a directory that was taken", "read", "/run", "cannot open /run: it is a directory"},
		{"a directory above a file", "read", "/usr", "cannot open /usr: it is a directory"},
		{"a file that nobody has", "read", "/etc/none", "cannot open /etc/none: no slice has it"},
		{"a circle", "read", "/loop/x", "cannot open /loop/x: its links lead in a circle"},
		{"a fixed file", "write", "/etc/fixed", "cannot write /etc/fixed: no slice says that it is mutable"},
		{"a mutable file", "write", "/etc/list", "written"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := "", error(nil)
			switch row.do {
			case "list":
				var names []string
				names, err = m.List(row.path)
				got = strings.Join(names, " ")
			case "read":
				var data []byte
				data, err = m.Read(row.path)
				got = string(data)
			case "write":
				if err = m.Write(row.path, []byte("written")); err == nil {
					var data []byte
					data, err = m.Read(row.path)
					got = string(data)
				}
			}
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
