package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"whittle.dev/whittle/internal/store"
)

func directory(t *testing.T, dir string) *os.File {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestLink links a file twice, and edits it through a link: the next tree gets the bytes that were put, and an older one
// what was made of them.
func TestLink(t *testing.T) {
	dir, tree := t.TempDir(), t.TempDir()
	s := open(t, dir)
	put(t, s)
	to := directory(t, tree)
	if err := s.Link(hello, to, "first"); err != nil {
		t.Fatal(err)
	}
	if err := s.Link(hello, to, "first"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: got error %v", err)
	}
	if err := os.WriteFile(filepath.Join(tree, "first"), []byte("HELLO\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Link(hello, to, "second"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after an edit: got error %v", err)
	}
	put(t, s)
	if err := s.Link(hello, to, "second"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"first": "HELLO\n", "second": "hello\n"} {
		if got, err := os.ReadFile(filepath.Join(tree, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// TestEditsThatHideTheirTimeAreNotLinked edits a file through a link, with the same length, and sets its time back, as a program
// of a root that is run as root can: no later process links the edit into another tree.
func TestEditsThatHideTheirTimeAreNotLinked(t *testing.T) {
	dir, tree := t.TempDir(), t.TempDir()
	s := open(t, dir)
	put(t, s)
	to := directory(t, tree)
	if err := s.Link(hello, to, "first"); err != nil {
		t.Fatal(err)
	}
	edited := filepath.Join(tree, "first")
	f, err := os.OpenFile(edited, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString("HELLO\n")
	if err := errors.Join(err, f.Close(), os.Chtimes(edited, store.Time, store.Time)); err != nil {
		t.Fatal(err)
	}
	later := open(t, dir)
	if err := later.Link(hello, to, "second"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got error %v", err)
	}
	put(t, later)
	if err := later.Link(hello, to, "second"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(tree, "second")); err != nil || string(got) != "hello\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestLinkToOtherFileSystem links into a directory of another file system, where there is one.
func TestLinkToOtherFileSystem(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "store-*")
	if err != nil {
		t.Skip("there is no other file system: ", err)
	}
	t.Cleanup(func() { os.RemoveAll(other) })
	s := open(t, t.TempDir())
	put(t, s)
	if err := s.Link(hello, directory(t, other), "x"); !errors.Is(err, store.ErrCannotShare) {
		t.Errorf("got error %v", err)
	}
}
