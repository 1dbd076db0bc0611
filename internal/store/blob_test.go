package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/store"
)

// TestSumStoresNothing sums what Put would, of files that do and do not fit its buffer.
func TestSumStoresNothing(t *testing.T) {
	for _, text := range []string{"", "hello\n", strings.Repeat("x", 700_000)} {
		dir := t.TempDir()
		s := open(t, dir)
		var also bytes.Buffer
		got, err := s.Sum(strings.NewReader(text), &also)
		if names, _ := os.ReadDir(dir); len(names) > 0 {
			t.Errorf("%d bytes: the store has %v", len(text), names)
		}
		want, putErr := s.Put(strings.NewReader(text), 0o644)
		if diff := cmp.Diff(want, got); err != nil || putErr != nil || diff != "" || also.String() != text {
			t.Errorf("%d bytes: %v, %v, -want +got:\n%s", len(text), err, putErr, diff)
		}
	}
	if _, err := open(t, t.TempDir()).Sum(failing{io.ErrUnexpectedEOF}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("of a reader that fails: got error %v", err)
	}
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

// TestTimeIsGivenBack opens a file of a cache that was restored without its times: it keeps its place on the disk, and is not written
// anew. One that has another name, as in a root that was cut, is.
func TestTimeIsGivenBack(t *testing.T) {
	for _, linked := range []bool{false, true} {
		dir := t.TempDir()
		put(t, open(t, dir))
		file := path(dir, hello)
		if linked {
			if err := os.Link(file, filepath.Join(t.TempDir(), "other")); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(file, time.Now(), time.Now()); err != nil {
			t.Fatal(err)
		}
		before, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, open(t, dir), hello); got != "hello\n" {
			t.Errorf("got %q", got)
		}
		after, err := os.Stat(file)
		if err != nil || !after.ModTime().Equal(store.Time) || os.SameFile(before, after) == linked {
			t.Errorf("with another name: %v, the same file: %v, %v, %v", linked, os.SameFile(before, after), after, err)
		}
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
