package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"whittle.dev/whittle/slicer/rootfs"
	"whittle.dev/whittle/slicer/tree"
)

// writeRoot fills a directory. One that does not exist yet appears when it is complete. One that does stays, because it
// may be a mount: the files are gathered in it, and moved to their places when all of them are there and nothing is
// seen to be in their way.
func writeRoot(dir string, tree func(*os.Root) *tree.Dir, fill func(tree.Tree) error) error {
	in, fresh := dir, false
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		in, fresh = filepath.Dir(filepath.Clean(dir)), true
		if err := os.MkdirAll(in, 0o755); err != nil {
			return fmt.Errorf("cannot make %s: %w", in, err)
		}
	}
	s, err := newStage(in, true)
	if err != nil {
		return fmt.Errorf("cannot write into %s: %w", in, err)
	}
	defer s.discard()
	if err := fillRoot(s.path, tree, fill); err != nil {
		return err
	}
	if !fresh {
		return mergeStage(s, dir)
	}
	if err := s.place(dir); err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	return nil
}

func fillRoot(dir string, tree func(*os.Root) *tree.Dir, fill func(tree.Tree) error) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot open root: %w", err)
	}
	t := tree(root)
	return closeAll(fill(t), t, root)
}

// writeTar writes a tar, which appears under its name when it is complete.
func writeTar(name string, fill func(tree.Tree) error) error {
	return writeFile(name, func(w io.Writer) error { return writeTarTo(w, name, fill) })
}

// mergeStage moves a stage that stands in a directory into the directory itself.
func mergeStage(s *stage, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot open root: %w", err)
	}
	defer root.Close()
	if err := rootfs.Merge(root, filepath.Base(s.path)); err != nil {
		return fmt.Errorf("cannot write into %s: %w", dir, err)
	}
	return nil
}
