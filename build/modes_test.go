package build

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// modesBelow are the modes of all files and directories of a tree, by name.
func modesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		rel, _ := filepath.Rel(dir, name)
		all[rel] = info.Mode().String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTheAppsFolderIsNotWritableWhereItRuns builds an app whose source has files that everybody may write to, and ones with
// setuid bits.
func TestTheAppsFolderIsNotWritableWhereItRuns(t *testing.T) {
	w := newWorkshop(t)
	languagetest.Write(t, w.app, map[string]string{"open/page.html": "x", "su": "x", "start": "x", "secret": "x", "uploads/old": "x"})
	if err := syscall.Mkfifo(filepath.Join(w.app, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{
		"pipe": 0o666 | os.ModeSetuid, ".": 0o777, "open": 0o777 | os.ModeSticky, "open/page.html": 0o666, "su": 0o755 | os.ModeSetuid, "start": 0o775, "secret": 0o600, "uploads": 0o700, "uploads/old": 0o644,
	} {
		if err := os.Chmod(filepath.Join(w.app, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(w.app, "uploads/link")); err != nil {
		t.Fatal(err)
	}
	w.env = map[string]string{"BP_WHITTLE_WRITABLE": "uploads,cache/pages"}
	log, err := w.run(t)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		".": "drwxr-xr-x", "open": "drwxr-xr-x", "open/page.html": "-rw-r--r--", "su": "-rwxr-xr-x", "start": "-rwxr-xr-x", "secret": "-rw-r--r--", "go.mod": "-rw-r--r--",
		"pipe": "prw-r--r--", "uploads": "drwxrwxrwx", "uploads/old": "-rw-rw-rw-", "uploads/link": "Lrwxrwxrwx", "cache": "drwxr-xr-x", "cache/pages": "drwxrwxrwx",
	}
	got := modesBelow(t, w.app)
	got["uploads/link"] = want["uploads/link"] // a link has no mode of its own
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, line := range []string{"! su lost its setuid or setgid bit", "writable when the app runs: uploads (BP_WHITTLE_WRITABLE)", "writable when the app runs: cache/pages"} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %q:\n%s", line, log)
		}
	}
}

// TestWritableFoldersAreTheApps names folders that links lead out of the app.
func TestWritableFoldersAreTheApps(t *testing.T) {
	w := newWorkshop(t)
	other := t.TempDir()
	if err := os.Chmod(other, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(w.app, "uploads")); err != nil {
		t.Fatal(err)
	}
	w.env = map[string]string{"BP_WHITTLE_WRITABLE": "uploads"}
	if _, err := w.run(t); err == nil || !strings.Contains(err.Error(), `cannot let the app write to "uploads" (BP_WHITTLE_WRITABLE)`) {
		t.Errorf("got error %v", err)
	}
	if info, err := os.Stat(other); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the folder outside is %v, %v", info.Mode(), err)
	}
}

func (w *workshop) compileSetuid(ctx context.Context, s language.Site) (language.Artifacts, error) {
	a, err := w.compile(ctx, s)
	if err != nil {
		return a, err
	}
	if err := os.Chmod(filepath.Join(a.Roots[0], "program"), 0o755|os.ModeSetuid); err != nil {
		return a, err
	}
	open := filepath.Join(a.Roots[0], "open")
	if err := os.WriteFile(open, nil, 0o600); err != nil {
		return a, err
	}
	return a, os.Chmod(open, 0o666)
}

// TestLanguagesLayersHaveNoSetuidFiles has a compiler leave such files in its layer.
func TestLanguagesLayersHaveNoSetuidFiles(t *testing.T) {
	w := newWorkshop(t)
	w.languages[0].Compile = w.compileSetuid
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if got := modesBelow(t, filepath.Join(w.layers, "made")); got["program"] != "-rwxr-xr-x" || got["open"] != "-rw-r--r--" {
		t.Errorf("got %v", got)
	}
}
