package node

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestPackagesAreKeptAsInstalled has what scripts of a build do to node_modules between its listing and its copy.
func TestPackagesAreKeptAsInstalled(t *testing.T) {
	for _, row := range []struct {
		name    string
		does    func(t *testing.T, dir string)
		touched bool
	}{
		{"nothing", func(*testing.T, string) {}, false},
		{"a cache of its own", func(t *testing.T, dir string) {
			languagetest.Write(t, dir, map[string]string{".vite/deps/x.js": "made", "express/made.js": ""})
		}, false},
		{"another link", func(t *testing.T, dir string) {
			link := filepath.Join(dir, ".bin", "express")
			if err := errors.Join(os.Remove(link), os.Symlink("../made", link)); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"a file written anew", func(t *testing.T, dir string) {
			languagetest.Write(t, dir, map[string]string{"express/index.js": "2"})
		}, true},
		{"a file in place of another", func(t *testing.T, dir string) {
			languagetest.Write(t, dir, map[string]string{"new": "1"})
			if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "express/index.js")); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"a folder removed", func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "express")); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"a file in place of a folder", func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "express")); err != nil {
				t.Fatal(err)
			}
			languagetest.Write(t, dir, map[string]string{"express": ""})
		}, true},
		{"a pipe in place of a file", func(t *testing.T, dir string) {
			file := filepath.Join(dir, "express/index.js")
			if err := errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o644)); err != nil {
				t.Fatal(err)
			}
		}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			from, to := t.TempDir(), filepath.Join(t.TempDir(), "kept")
			languagetest.Write(t, from, map[string]string{"express/index.js": "1", "express/package.json": "{}", ".bin/other": ""})
			if err := os.Symlink("../express/index.js", filepath.Join(from, ".bin/express")); err != nil {
				t.Fatal(err)
			}
			before := time.Now().Add(-time.Hour)
			if err := os.Chtimes(filepath.Join(from, "express/index.js"), before, before); err != nil {
				t.Fatal(err)
			}
			l, err := list(from)
			if err != nil {
				t.Fatal(err)
			}
			row.does(t, from)
			err = l.copy(t.Context(), to)
			if row.touched {
				if !errors.Is(err, errTouched) {
					t.Errorf("the copy ends with %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{".bin/express", ".bin/other", "express/index.js", "express/package.json"}, languagetest.Names(t, to)); diff != "" {
				t.Error(diff)
			}
			if target, err := os.Readlink(filepath.Join(to, ".bin/express")); err != nil || target != "../express/index.js" {
				t.Errorf("the link leads to %q: %v", target, err)
			}
		})
	}
}

// TestPackagesThatABuildChangesAreInstalledAgain ends a copy in each way.
func TestPackagesThatABuildChangesAreInstalledAgain(t *testing.T) {
	failed, broken := errors.New("the build fails"), errors.New("the disk is full")
	for _, row := range []struct {
		name              string
		copied, built, is error
		kept, left        bool
	}{
		{"copied", nil, nil, nil, true, true},
		{"changed meanwhile", errTouched, nil, nil, false, false},
		{"cannot be copied", broken, nil, broken, false, true},
		{"the build fails, and is told", errTouched, failed, failed, false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _, _ := workshop(t, map[string]string{"package.json": "{}"}, nil)
			a, err := look(s)
			if err != nil {
				t.Fatal(err)
			}
			layer, err := s.Layer(layerAll)
			if err != nil {
				t.Fatal(err)
			}
			languagetest.Write(t, layer.Path, map[string]string{"node_modules/x/package.json": "{}"})
			k := &keeping{layer: layer, key: "k", stop: func() {}, ended: make(chan error, 1)}
			k.ended <- row.copied
			if err := a.endKeeping(k, row.built); !errors.Is(err, row.is) {
				t.Errorf("it ends with %v", err)
			}
			if again, err := s.Layer(layerAll); err != nil || a.Reusable(again, "k") != row.kept {
				t.Errorf("the next build uses it: %v, %v", !row.kept, err)
			}
			if left := len(languagetest.Names(t, layer.Path)) > 0; left != row.left {
				t.Errorf("files are left: %v", left)
			}
		})
	}
}
