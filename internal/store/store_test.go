package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"whittle.dev/whittle/internal/owned"
	"whittle.dev/whittle/internal/store"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// hello is what most tests put.
var hello = store.Blob{SHA256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", Size: 6, Mode: 0o644}

func put(t *testing.T, s *store.Store) {
	t.Helper()
	if _, err := s.Put(strings.NewReader("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func path(dir string, b store.Blob) string {
	return filepath.Join(dir, "files", b.SHA256[:2], fmt.Sprintf("%s.%o", b.SHA256, b.Mode))
}

func read(t *testing.T, s *store.Store, b store.Blob) string {
	t.Helper()
	f, err := s.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestStoresOfOthersAreNotUsed lets others write to a store, to each directory of it, to a record and to a file.
func TestStoresOfOthersAreNotUsed(t *testing.T) {
	const record = "5891"
	for _, row := range []struct {
		at       string      // what others may write to
		mode     fs.FileMode // by its mode; 0: it is theirs, where the test may give it away
		opens    error       // errors of what is tried
		file     error
		recorded error
	}{
		{".", 0o775, owned.ErrShared, nil, nil},
		{"files", 0o777, nil, owned.ErrShared, nil},
		{"files/58", 0o777, nil, owned.ErrShared, nil},
		{"kind", 0o777, nil, nil, owned.ErrShared},
		{"kind/58", 0o775, nil, nil, owned.ErrShared},
		{"kind/58/" + record, 0o666, nil, nil, fs.ErrNotExist},
		{"files/58", 0, nil, owned.ErrShared, nil},
		{"kind", 0, nil, nil, owned.ErrShared},
		{"kind/58/" + record, 0, nil, nil, fs.ErrNotExist},
	} {
		if row.mode == 0 && os.Geteuid() != 0 {
			continue
		}
		dir := t.TempDir()
		s := open(t, dir)
		put(t, s)
		if err := s.PutRecord("kind", record, []byte("record")); err != nil {
			t.Fatal(err)
		}
		give(t, filepath.Join(dir, row.at), row.mode)
		s, err := store.Open(dir)
		if !errors.Is(err, row.opens) {
			t.Errorf("%s: the store: got %v, want %v", row.at, err, row.opens)
		}
		if err != nil {
			continue
		}
		defer s.Close()
		if f, err := s.Open(hello); !errors.Is(err, row.file) {
			t.Errorf("%s: a file: got %v, want %v", row.at, err, row.file)
		} else if err == nil {
			f.Close()
		}
		if _, err := s.Record("kind", record); !errors.Is(err, row.recorded) {
			t.Errorf("%s: a record: got %v, want %v", row.at, err, row.recorded)
		}
	}
}

// give lets others write to what has a path: by its mode, or by its owner.
func give(t *testing.T, at string, mode fs.FileMode) {
	t.Helper()
	err := os.Chown(at, 65534, -1)
	if mode != 0 {
		err = os.Chmod(at, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestFilesOfOthersAreMadeAnew gives away a file of a store: what is opened then is one of this user's.
func TestFilesOfOthersAreMadeAnew(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	put(t, open(t, dir))
	give(t, path(dir, hello), 0)
	if got := read(t, open(t, dir), hello); got != "hello\n" {
		t.Errorf("got %q", got)
	}
	info, err := os.Stat(path(dir, hello))
	if err != nil {
		t.Fatal(err)
	}
	if err := owned.Check(info); err != nil {
		t.Errorf("it is still another user's: %v", err)
	}
}

// TestKilledProcessLeavesStoreUsable plays a process that was killed while it wrote: its temporary file stays, and
// neither hides a file nor is one.
func TestKilledProcessLeavesStoreUsable(t *testing.T) {
	dir := t.TempDir()
	shard := filepath.Dir(path(dir, hello))
	if err := os.MkdirAll(shard, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shard, "tmp-KILLED"), []byte("hel"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if _, err := s.Open(hello); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before it was put: got error %v", err)
	}
	put(t, s)
	if read(t, s, hello) != "hello\n" {
		t.Error("the store does not have what was put")
	}
}

// TestReadOnlyStore uses a store that may be read and not written. The superuser may write anywhere, so the test's
// thread looks at files as somebody else.
func TestReadOnlyStore(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s)
	if err := s.PutRecord("kind", "abcd", []byte("x")); err != nil {
		t.Fatal(err)
	}
	protect(t, dir, 0o555)
	t.Cleanup(func() { protect(t, dir, 0o755) })
	s = open(t, dir)
	asSomebodyElse(t, func() {
		if _, err := s.Put(strings.NewReader("more"), 0o644); !errors.Is(err, fs.ErrPermission) || !strings.HasPrefix(err.Error(), "cannot write to file store: ") {
			t.Errorf("Put: got error %v", err)
		}
		if err := s.PutRecord("kind", "abef", []byte("x")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("PutRecord: got error %v", err)
		}
		f, err := s.Open(hello)
		if err != nil {
			t.Errorf("what is in a read-only store is not found: %v", err)
			return
		}
		f.Close()
		if data, err := s.Record("kind", "abcd"); err != nil || string(data) != "x" {
			t.Errorf("got record %q, %v", data, err)
		}
	})
}

// protect gives all directories of a store a mode.
func protect(t *testing.T, dir string, mode fs.FileMode) {
	t.Helper()
	err := filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(at, mode)
	})
	if err != nil {
		t.Error(err)
	}
}

// asSomebodyElse runs do on a thread that looks at files as another user than the superuser.
func asSomebodyElse(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Geteuid() == 0 {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			if err := syscall.Setfsuid(65534); err != nil {
				t.Error(err)
				return
			}
		}
		do()
	}()
	<-done
}

func TestOpenWhereAFileStands(t *testing.T) {
	at := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(at, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(at); err == nil || !strings.HasPrefix(err.Error(), "cannot open file store: ") {
		t.Errorf("got error %v", err)
	}
}

func TestRecords(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.Record("contents", "abcd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no record: got error %v", err)
	}
	for _, body := range []string{"first", "second"} {
		if err := s.PutRecord("contents", "abcd", []byte(body)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Record("contents", "abcd"); err != nil || !bytes.Equal(got, []byte(body)) {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if left := temporary(t, dir); len(left) != 0 {
		t.Errorf("temporary files were left: %v", left)
	}
}

// TestKeysThatAreNoDigests come from indexes and records that others wrote: they are errors, never paths or panics.
func TestKeysThatAreNoDigests(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, key := range []string{"", "a", "../../etc/passwd", "ab/cd", "ABCD", "zz"} {
		if _, err := s.Open(store.Blob{SHA256: key, Mode: 0o644}); err == nil {
			t.Errorf("Open(%q) succeeds", key)
		}
		if _, err := s.Record("contents", key); err == nil {
			t.Errorf("Record(%q) succeeds", key)
		}
		if err := s.PutRecord("contents", key, nil); err == nil {
			t.Errorf("PutRecord(%q) succeeds", key)
		}
		if err := s.Link(store.Blob{SHA256: key, Mode: 0o644}, directory(t, t.TempDir()), "x"); err == nil {
			t.Errorf("Link(%q) succeeds", key)
		}
	}
	if left := temporary(t, dir); len(left) != 0 {
		t.Errorf("temporary files were left: %v", left)
	}
}

// count counts the stored files.
func count(t *testing.T, dir string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "files", "*", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func temporary(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"tmp-*", "*/tmp-*", "*/*/tmp-*"} {
		more, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, more...)
	}
	return found
}
