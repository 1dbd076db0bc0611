package owned

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// file is what a file system tells of a file.
type file struct {
	mode fs.FileMode
	uid  int
}

func (file) Name() string        { return "x" }
func (file) Size() int64         { return 0 }
func (f file) Mode() fs.FileMode { return f.mode }
func (file) ModTime() time.Time  { return time.Time{} }
func (f file) IsDir() bool       { return f.mode.IsDir() }
func (f file) Sys() any          { return &syscall.Stat_t{Uid: uint32(f.uid)} }

// TestWhatOthersCanChangeIsNotTrusted has owners and modes of every kind.
func TestWhatOthersCanChangeIsNotTrusted(t *testing.T) {
	me := os.Geteuid()
	for _, row := range []struct {
		file file
		err  string
	}{
		{file{0o755 | fs.ModeDir, me}, ""},
		{file{0o700 | fs.ModeDir, me}, ""},
		{file{0o755 | fs.ModeDir, 0}, ""}, // root's
		{file{0o777 | fs.ModeDir, me}, "others than its owner may write to it (mode 0777)"},
		{file{0o777 | fs.ModeDir | fs.ModeSticky, me}, "others than its owner may write"},
		{file{0o775 | fs.ModeDir, me}, "(mode 0775)"},
		{file{0o666, me}, "(mode 0666)"},
		{file{0o755 | fs.ModeDir, me + 12345}, "it belongs to user "},
		{file{0o777 | fs.ModeSymlink, me}, ""},
	} {
		err := Check(row.file)
		if (err != nil) != (row.err != "") || err != nil && (!errors.Is(err, ErrShared) || !strings.Contains(err.Error(), row.err)) {
			t.Errorf("%v of %d: got %v, want %q", row.file.mode, row.file.uid, err, row.err)
		}
	}
}

func TestCheckIn(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "open"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "open"), 0o777); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := CheckIn(root, "none"); err != nil {
		t.Error(err)
	}
	if err := CheckIn(root, "open"); !errors.Is(err, ErrShared) {
		t.Errorf("got %v", err)
	}
}
