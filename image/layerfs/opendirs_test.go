package layerfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// rootOf makes a directory of files, whose content is their name, and indexes it.
func rootOf(t *testing.T, names ...string) (string, *FS) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, openRoot(t, dir)
}

func openRoot(t *testing.T, dir string) *FS {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, open, err := OfDir(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(open.Close(), root.Close()); err != nil {
			t.Error(err)
		}
	})
	return f
}

// manyNames are files in more directories than stay open, beside each other and below each other.
func manyNames() (names []string) {
	deep := "deep"
	for i := range 3 * maxOpenDirs {
		names = append(names, fmt.Sprintf("wide/%d/file", i), deep+"/file")
		deep += "/d"
	}
	return names
}

// TestADirectoryThatIsSwappedLeadsNowhere replaces a directory after it was indexed: by a link to another one, outside of the root
// and inside, by a file, and by a pipe, whose other end nobody opens.
func TestADirectoryThatIsSwappedLeadsNowhere(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "file"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, swap := range map[string]func(at string) error{
		"link out of the root": func(at string) error { return os.Symlink(outside, at) },
		"link to a sibling":    func(at string) error { return os.Symlink("../other", at) },
		"file":                 func(at string) error { return os.WriteFile(at, nil, 0o644) },
		"pipe":                 func(at string) error { return syscall.Mkfifo(at, 0o644) },
		"nothing":              func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir, f := rootOf(t, append(manyNames(), "usr/lib/file", "other/file")...)
			for _, other := range manyNames() { // usr/lib stays open no longer
				if _, err := fs.ReadFile(f, other); err != nil {
					t.Fatal(err)
				}
			}
			at := filepath.Join(dir, "usr/lib")
			if err := os.Rename(at, at+".old"); err != nil {
				t.Fatal(err)
			}
			if err := swap(at); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error)
			go func() {
				text, err := fs.ReadFile(f, "usr/lib/file")
				if err == nil {
					err = fmt.Errorf("read %q", text)
				}
				ended <- err
			}()
			select {
			case err := <-ended:
				if !strings.HasPrefix(err.Error(), "open usr/lib/file: ") {
					t.Errorf("got %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("it waits for the other end of the pipe")
			}
		})
	}
}

// TestAFileThatIsSwappedForALinkLeadsNowhere: no more than the directory that the file was in is left by a link.
func TestAFileThatIsSwappedForALinkLeadsNowhere(t *testing.T) {
	for _, to := range []string{"/etc/hostname", "../other/file", "missing"} {
		dir, f := rootOf(t, "usr/file", "other/file")
		at := filepath.Join(dir, "usr/file")
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, at); err != nil {
			t.Fatal(err)
		}
		if text, err := fs.ReadFile(f, "usr/file"); err == nil {
			t.Errorf("a link to %s: read %q", to, text)
		}
	}
}

// TestManyDirectoriesAreReadWithFewOpen reads more directories than stay open, twice in turn, and counts what is open meanwhile.
func TestManyDirectoriesAreReadWithFewOpen(t *testing.T) {
	names := manyNames()
	before := openFiles(t)
	_, f := rootOf(t, names...)
	for range 2 {
		for _, name := range names {
			if text, err := fs.ReadFile(f, name); err != nil || string(text) != name {
				t.Fatalf("%s: got %q, %v", name, text, err)
			}
		}
	}
	if got := openFiles(t) - before; got > maxOpenDirs+1 {
		t.Errorf("%d files are open", got)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
