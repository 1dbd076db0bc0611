package layerfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// device is a directory on some file system.
type device uint64

func (device) Name() string       { return "d" }
func (device) Size() int64        { return 0 }
func (device) Mode() fs.FileMode  { return fs.ModeDir | 0o755 }
func (device) ModTime() time.Time { return time.Time{} }
func (device) IsDir() bool        { return true }

func (d device) Sys() any {
	if d == 0 {
		return nil
	}
	return &syscall.Stat_t{Dev: uint64(d)}
}

// TestMountedFileSystemsAreNoPartOfARoot tells a file system that is mounted in a root from the root's own: a proof of a root in which
// /proc is mounted must not walk through the processes of the machine.
func TestMountedFileSystemsAreNoPartOfARoot(t *testing.T) {
	for _, c := range []struct {
		root, dir device
		want      bool
	}{{1, 1, false}, {1, 2, true}, {0, 2, false}, {1, 0, false}} {
		if got := onOtherDevice(c.root, c.dir); got != c.want {
			t.Errorf("root on %d, directory on %d: got %v", c.root, c.dir, got)
		}
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "proc/below"), 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, bodies, err := OfDir(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	defer bodies.Close()
	if _, err := f.Stat("proc/below"); err != nil {
		t.Errorf("a directory of the root's own: %v", err)
	}
}
