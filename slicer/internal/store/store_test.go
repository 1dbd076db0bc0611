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
	"sync"
	"syscall"
	"testing"

	"whittle.dev/whittle/slicer/internal/store"
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

func read(t *testing.T, s *store.Store, digest string) string {
	t.Helper()
	f, err := s.Open(digest)
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

func TestPutTellsSumsOfWhatItStored(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "new"))
	got, err := s.Put(strings.NewReader("hello\n"))
	want := store.Sums{SHA256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", MD5: "b1946ac92492d2347c6235b4d2611184", Size: 6}
	if err != nil || got != want {
		t.Fatalf("got %+v, %v", got, err)
	}
	if read(t, s, got.SHA256) != "hello\n" || !s.Has(got.SHA256, 6) || s.Has(got.SHA256, 7) {
		t.Error("the store does not have what was put")
	}
}

// TestParallelPut puts the same and other files from many goroutines through two stores of one directory, as two
// processes would.
func TestParallelPut(t *testing.T) {
	dir := t.TempDir()
	stores := []*store.Store{open(t, dir), open(t, dir)}
	var group sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 64 {
		group.Go(func() {
			body := fmt.Sprintf("file %d", i%8)
			sums, err := stores[i%2].Put(strings.NewReader(body))
			if err == nil && !stores[(i+1)%2].Has(sums.SHA256, int64(len(body))) {
				err = fmt.Errorf("%q is not there right after it was put", body)
			}
			errs <- err
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := count(t, dir, "sha256"); n != 8 {
		t.Errorf("%d files are stored, want 8", n)
	}
	if left := temporary(t, dir); len(left) != 0 {
		t.Errorf("temporary files were left: %v", left)
	}
}

// TestKilledProcessLeavesStoreUsable plays a process that was killed while it wrote: its temporary file stays, and
// neither hides a file nor is one.
func TestKilledProcessLeavesStoreUsable(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tmp-KILLED"), []byte("hel"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	sums, err := s.Put(strings.NewReader("hello\n"))
	if err != nil || read(t, s, sums.SHA256) != "hello\n" {
		t.Errorf("got %+v, %v", sums, err)
	}
}

// TestTruncatedFileIsNotThere plays a disk that lost the end of a file: it does not count as stored, and putting it
// again repairs it.
func TestTruncatedFileIsNotThere(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	sums, err := s.Put(strings.NewReader("hello\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "sha256", sums.SHA256[:2], sums.SHA256), 2); err != nil {
		t.Fatal(err)
	}
	if s.Has(sums.SHA256, sums.Size) {
		t.Error("a truncated file counts as stored")
	}
	if _, err := s.Put(strings.NewReader("hello\n")); err != nil || read(t, s, sums.SHA256) != "hello\n" {
		t.Errorf("putting it again does not repair it: %v", err)
	}
}

func TestFailedReadLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	broken := errors.New("the package ends early")
	_, err := s.Put(io.MultiReader(strings.NewReader("half"), failing{broken}))
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "cannot write to file store: ") {
		t.Errorf("got error %v", err)
	}
	if left := temporary(t, dir); len(left) != 0 || count(t, dir, "sha256") != 0 {
		t.Errorf("%v were left", left)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestReadOnlyStore uses a store that may be read and not written. The superuser may write anywhere, so the test's
// thread looks at files as somebody else.
func TestReadOnlyStore(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	sums, err := s.Put(strings.NewReader("hello\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
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
		if _, err := s.Put(strings.NewReader("more")); !errors.Is(err, fs.ErrPermission) || !strings.HasPrefix(err.Error(), "cannot write to file store: ") {
			t.Errorf("Put: got error %v", err)
		}
		if err := s.PutRecord("kind", "abcd", []byte("x")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("PutRecord: got error %v", err)
		}
		if !s.Has(sums.SHA256, sums.Size) {
			t.Error("what is in a read-only store is not found")
		}
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
		if _, err := s.Open(key); err == nil {
			t.Errorf("Open(%q) succeeds", key)
		}
		if _, err := s.Record("contents", key); err == nil {
			t.Errorf("Record(%q) succeeds", key)
		}
		if err := s.PutRecord("contents", key, nil); err == nil {
			t.Errorf("PutRecord(%q) succeeds", key)
		}
		if s.Has(key, 0) {
			t.Errorf("Has(%q)", key)
		}
	}
	if left := temporary(t, dir); len(left) != 0 {
		t.Errorf("temporary files were left: %v", left)
	}
}

func count(t *testing.T, dir, kind string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, kind, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func temporary(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "tmp-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
