package archive

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Prune bounds the part of a cache that this package writes: it removes the files
// that were used longest ago until what is left is at most max bytes, and what
// killed processes left behind. Files of the same age go in the order of their
// names. What remains of each suite's Release is kept: it is small, and it is
// the memory that refuses a rollback. Other processes may use the cache
// meanwhile; they fetch again what they miss. It returns the bytes that are left.
func Prune(root *os.Root, max int64) (int64, error) {
	if err := removeLeftovers(root); err != nil {
		return 0, err
	}
	files, total, err := prunable(root)
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if total <= max {
			break
		}
		if err := root.Remove(f.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		total -= f.size
	}
	return total, nil
}

type cachedFile struct {
	name string
	size int64
	used time.Time
}

// prunable lists the files that may go, oldest first, and their total size.
func prunable(root *os.Root) ([]cachedFile, int64, error) {
	var files []cachedFile
	var total int64
	for _, dir := range []string{blobDir, indexDir} {
		err := fs.WalkDir(root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // not there yet, or just removed by another process
			}
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			files = append(files, cachedFile{name, info.Size(), info.ModTime()})
			total += info.Size()
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	slices.SortFunc(files, func(a, b cachedFile) int {
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name))
	})
	return files, total, nil
}

// removeLeftovers removes temporary files that no living process has locked.
// Their age says nothing: a slow download may be old, and a kill just now.
func removeLeftovers(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), tempDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(tempDir, e.Name())
		f, err := root.Open(name)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			err = root.Remove(name)
		}
		f.Close()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
