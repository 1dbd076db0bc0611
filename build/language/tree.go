package language

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Settle makes a tree readable to the run image's user, which is another one than the build's, and gives directories
// plain modes: on platforms with a setgid /layers that bit goes into every directory, and so into digests.
func Settle(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		mode := info.Mode()
		want := fs.FileMode(0o644)
		if e.IsDir() || mode&0o111 != 0 {
			want = 0o755
		}
		if mode.Perm() == want && mode&(fs.ModeSetgid|fs.ModeSetuid) == 0 {
			return nil
		}
		if err := os.Chmod(path, want); err != nil {
			return fmt.Errorf("cannot make %s readable: %w", path, err)
		}
		return nil
	})
}

// Empty removes all that a folder has, and keeps the folder.
func Empty(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", dir, err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(FolderOf(root), ".")
	if err != nil {
		return fmt.Errorf("cannot list %s: %w", dir, err)
	}
	for _, e := range entries {
		if err := root.RemoveAll(e.Name()); err != nil {
			return fmt.Errorf("cannot remove %s: %w", e.Name(), err)
		}
	}
	return nil
}

// Exists tells whether there is a file or directory, links followed.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TreeSize is the size of all regular files of a tree, in bytes.
func TreeSize(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("cannot measure %s: %w", dir, err)
	}
	return sum, nil
}

// RemoveEmpty removes the directories below dir that hold nothing, the deepest first, and never dir itself.
func RemoveEmpty(dir string) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && name != dir {
			dirs = append(dirs, name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot list %s: %w", dir, err)
	}
	for _, d := range slices.Backward(dirs) {
		entries, err := os.ReadDir(d)
		if err != nil {
			return fmt.Errorf("cannot list %s: %w", d, err)
		}
		if len(entries) == 0 {
			if err := os.Remove(d); err != nil {
				return fmt.Errorf("cannot remove %s: %w", d, err)
			}
		}
	}
	return nil
}
