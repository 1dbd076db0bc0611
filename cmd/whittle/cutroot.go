package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"whittle.dev/whittle/slicer"
)

// writeRoot fills a directory. One that does not exist yet appears when it is complete; one that does is written into,
// because it may be a mount.
func writeRoot(dir string, fill func(slicer.Tree) error) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fillRoot(dir, fill)
	}
	up := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(up, 0o755); err != nil {
		return fmt.Errorf("cannot make %s: %w", up, err)
	}
	fresh, err := os.MkdirTemp(up, ".whittle-*")
	if err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	if err := fillRoot(fresh, fill); err != nil {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	return nil
}

func fillRoot(dir string, fill func(slicer.Tree) error) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot open root: %w", err)
	}
	return closeAll(fill(slicer.NewDir(root)), root)
}

// writeTar writes a tar, which appears under its name when it is complete.
func writeTar(name string, fill func(slicer.Tree) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".whittle-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer os.Remove(f.Name())
	t := slicer.NewTar(f)
	if err := fill(t); err != nil {
		return closeAll(err, f)
	}
	if err := closeAll(nil, t, f); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	if err := errors.Join(os.Chmod(f.Name(), 0o644), os.Rename(f.Name(), name)); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}
