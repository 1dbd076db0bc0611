package archive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestFoldersOpenWhatTheRootWould opens directories one after the other, of which some are links.
func TestFoldersOpenWhatTheRootWould(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"usr/lib/x/y", "usr/share/x", "var"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "name"), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"lib": "usr/lib", "usr/lib/z": "../share/x", "usr/lib/out": "../../../..", "usr/lib/w": "x/y"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f := folders{root: root}
	defer f.closeFrom(0)
	for _, row := range []struct{ dir, want string }{
		{"usr/lib/x/y", "usr/lib/x/y"},
		{"usr/lib/x/y", "usr/lib/x/y"},
		{"usr/share/x", "usr/share/x"},
		{"var", "var"},
		{"usr/lib/z", "usr/share/x"}, // a link out of its directory
		{"usr/lib/w", "usr/lib/x/y"},
		{"lib/x/y", "usr/lib/x/y"},
	} {
		at, err := f.in(row.dir)
		if err != nil {
			t.Errorf("%s: %v", row.dir, err)
			continue
		}
		if got, err := fs.ReadFile(at.FS(), "name"); err != nil || string(got) != row.want {
			t.Errorf("%s leads to %s: %v", row.dir, got, err)
		}
	}
	if at, err := f.in("."); err != nil || at != root {
		t.Errorf("the top is not the root: %v", err)
	}
	if _, err := f.in("usr/lib/gone/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
	if _, err := f.in("usr/lib/out"); err == nil {
		t.Error("a link leads out of the root")
	}
	if at, err := f.in("usr/lib/x/y"); err != nil {
		t.Errorf("after errors: %v", err)
	} else if got, _ := fs.ReadFile(at.FS(), "name"); string(got) != "usr/lib/x/y" {
		t.Errorf("after errors it leads to %s", got)
	}
}
