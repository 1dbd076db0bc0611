package image

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"whittle.dev/whittle/slicer/slicertest"
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
	o, err := Places{}.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o.FS
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

// TestFilesAreFoundInOrder finds the ELF files of many directories, which are read on all processors, in the order of their
// paths, and tells of the first file that is gone.
func TestFilesAreFoundInOrder(t *testing.T) {
	dir, _ := rootOf(t)
	body := slicertest.ELFOf("soname=libx.so").Bytes()
	var want []string
	for i := range 3000 {
		at := fmt.Sprintf("d%04d/x", i)
		text := []byte("text")
		if i%3 == 0 {
			text, want = body, append(want, "/"+at)
		}
		if err := os.Mkdir(filepath.Join(dir, filepath.Dir(at)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, at), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := openRoot(t, dir)
	objects, err := Objects(f)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objects {
		got = append(got, o.Path)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %d: %.200v", len(got), got)
	}
	r, err := objects[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	read := make([]byte, len(body))
	if _, err := r.ReadAt(read, 0); err != nil || !bytes.Equal(read, body) {
		t.Errorf("the bytes differ: %v", err)
	}
	for _, gone := range []string{"d0700/x", "d2900/x"} {
		if err := os.Remove(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Objects(f); err == nil || !strings.Contains(err.Error(), "d0700/x") {
		t.Errorf("got %v", err)
	}
}
