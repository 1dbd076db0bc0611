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
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestPutTellsSumsOfWhatItStored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	s := open(t, dir)
	var also bytes.Buffer
	got, err := s.Put(strings.NewReader("hello\n"), 0o644, &also)
	want := store.Sums{SHA256: hello.SHA256, Size: 6, Head: []byte("hello\n")}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v, -want +got:\n%s", err, diff)
	}
	if read(t, s, hello) != "hello\n" || also.String() != "hello\n" {
		t.Error("the store does not have what was put")
	}
	longer := hello
	longer.Size = 7
	if _, err := s.Open(longer); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of another size: got error %v", err)
	}
}

// TestPutStreamsLargeFiles puts more than is gathered in memory.
func TestPutStreamsLargeFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	body := strings.Repeat("0123456789abcdef", 200_000)
	sums, err := s.Put(strings.NewReader(body), 0o755)
	if err != nil {
		t.Fatal(err)
	}
	b := store.Blob{SHA256: sums.SHA256, Size: int64(len(body)), Mode: 0o755}
	if sums.Size != b.Size || len(sums.Head) != store.HeadSize || read(t, s, b) != body {
		t.Errorf("got %d bytes, head %q", sums.Size, sums.Head)
	}
	if left := temporary(t, dir); len(left) != 0 || count(t, dir) != 1 {
		t.Errorf("%d files are stored, and left were %v", count(t, dir), left)
	}
}

// TestStoredFilesHaveModeAndTime puts one file with several modes under a umask that hides everything: each is stored
// with its own, and those that must not lie around in a store with the usual one.
func TestStoredFilesHaveModeAndTime(t *testing.T) {
	old := syscall.Umask(0o777)
	defer syscall.Umask(old)
	dir := t.TempDir()
	s := open(t, dir)
	for mode, want := range map[int64]fs.FileMode{0o644: 0o644, 0o755: 0o755, 0o600: 0o600, 0o444: 0o444, 0o4755: 0o644, 0o2755: 0o644, 0o1777: 0o644, 0o044: 0o644, 0: 0o644} {
		if _, err := s.Put(strings.NewReader("hello\n"), mode); err != nil {
			t.Fatal(err)
		}
		b := hello
		b.Mode = store.StoredMode(mode)
		fi, err := os.Stat(path(dir, b))
		if err != nil || fi.Mode() != want || !fi.ModTime().Equal(store.Time) {
			t.Errorf("%04o: got %v, %v", mode, fi, err)
		}
	}
	if n := count(t, dir); n != 4 {
		t.Errorf("%d files are stored, want 4", n)
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
			sums, err := stores[i%2].Put(strings.NewReader(body), 0o644)
			if err != nil {
				errs <- err
				return
			}
			f, err := stores[(i+1)%2].Open(store.Blob{SHA256: sums.SHA256, Size: sums.Size, Mode: 0o644})
			if err == nil {
				err = f.Close()
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
	if n := count(t, dir); n != 8 {
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

// TestChangedFiles holds what may happen to a stored file, an edit through a hard link among it: other bytes are as
// good as none, and a file that only looks changed is stored anew, so that it can be linked again.
func TestChangedFiles(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(file string) error
		lost   bool
	}{
		{"Truncated", func(f string) error { return os.Truncate(f, 2) }, true},
		{"Longer", func(f string) error { return os.WriteFile(f, []byte("hello hello\n"), 0o644) }, true},
		{"Edited", func(f string) error { return os.WriteFile(f, []byte("hallo\n"), 0o644) }, true},
		{"Touched", func(f string) error { return os.Chtimes(f, time.Now(), time.Now()) }, false},
		{"OtherMode", func(f string) error { return os.Chmod(f, 0o777) }, false},
		{"Removed", os.Remove, true},
		{"LinkInItsPlace", func(f string) error { return errors.Join(os.Remove(f), os.Symlink("/etc/passwd", f)) }, true},
		{"DirectoryInItsPlace", func(f string) error { return errors.Join(os.Remove(f), os.Mkdir(f, 0o755)) }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			put(t, s)
			if err := row.change(path(dir, hello)); err != nil {
				t.Fatal(err)
			}
			f, err := s.Open(hello)
			if row.lost != (err != nil) {
				t.Fatalf("got error %v", err)
			}
			if row.lost {
				if err := s.Link(hello, directory(t, t.TempDir()), "x"); err == nil {
					t.Error("it was linked")
				}
				return
			}
			f.Close()
			fi, err := os.Stat(path(dir, hello))
			if err != nil || fi.Mode() != 0o644 || !fi.ModTime().Equal(store.Time) || read(t, s, hello) != "hello\n" {
				t.Errorf("it was not stored anew: %v, %v", fi, err)
			}
		})
	}
}

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

func TestFailedReadLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	broken := errors.New("the package ends early")
	_, err := s.Put(io.MultiReader(strings.NewReader("half"), failing{broken}), 0o644)
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "cannot write to file store: ") {
		t.Errorf("got error %v", err)
	}
	if left := temporary(t, dir); len(left) != 0 || count(t, dir) != 0 {
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
