package slicer

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/contract"
)

// TestLibrariesThatTheAppBrings has programs find libraries of their own as the loader would: through links, by the
// program's RUNPATH and by LD_LIBRARY_PATH. What nothing leads to is missing.
func TestLibrariesThatTheAppBrings(t *testing.T) {
	floor := &contract.Floor{Schema: contract.FloorSchema, ID: "test", Arch: "amd64", Libraries: []contract.FloorLibrary{{Soname: "libc.so.6", Path: "/usr/lib/x86_64-linux-gnu/libc.so.6"}}}
	for _, row := range []struct {
		name, program string
		path          []string // LD_LIBRARY_PATH
		missing       string
	}{
		{name: "a link beside the library", program: elfOf("exec", "needs=libown.so.1,libc.so.6", "runpath=$ORIGIN/../lib")},
		{name: "a link to its directory", program: elfOf("exec", "needs=libown.so.1", "runpath=/app/libs")},
		{name: "LD_LIBRARY_PATH", program: elfOf("exec", "needs=libown.so.1"), path: []string{"/app/lib"}},
		{name: "nothing", program: elfOf("exec", "needs=libown.so.1"), missing: "/app/bin/program needs libown.so.1"},
		{name: "another directory", program: elfOf("exec", "needs=libown.so.1"), path: []string{"/app/bin"}, missing: "libown.so.1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tree := fstest.MapFS{
				"bin/program":     {Data: []byte(row.program), Mode: 0o755},
				"lib/libown.so.1": {Data: []byte("libown.so.1.2"), Mode: fs.ModeSymlink | 0o777},
				// It has no soname: the link alone tells its name.
				"lib/libown.so.1.2": {Data: []byte(elfOf("needs=libc.so.6")), Mode: 0o644},
				"libs":              {Data: []byte("lib"), Mode: fs.ModeSymlink | 0o777},
			}
			w := Want{Arch: "amd64", Floor: floor, LibraryPath: row.path}
			var err error
			if w.Objects, err = FindObjects(tree, "/app"); err != nil {
				t.Fatal(err)
			}
			if w.Links, err = FindLinks(tree, "/app"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"/app/lib/libown.so.1": "libown.so.1.2", "/app/libs": "lib"}, w.Links); diff != "" {
				t.Error(diff)
			}
			_, err = Select(t.Context(), w)
			if (err != nil) != (row.missing != "") || err != nil && !strings.Contains(err.Error(), row.missing) {
				t.Errorf("got %v, want %q", err, row.missing)
			}
		})
	}
}
