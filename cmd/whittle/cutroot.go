package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"whittle.dev/whittle/internal/stage"
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
	s, err := stage.NewDir(in)
	if err != nil {
		return fmt.Errorf("cannot write into %s: %w", in, err)
	}
	defer s.Discard()
	t := tree(s.Root())
	if err := closeAll(fill(t), t); err != nil {
		return err
	}
	if !fresh {
		if err := rootfs.Merge(s.In(), s.Root()); err != nil {
			return fmt.Errorf("cannot write into %s: %w", dir, err)
		}
		return nil
	}
	if err := s.Place(filepath.Base(filepath.Clean(dir))); err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	return nil
}

// writeTar writes a tar, which appears under its name when it is complete.
func writeTar(name string, fill func(tree.Tree) error) error {
	return writeFile(name, func(w io.Writer) error { return writeTarTo(w, name, fill) })
}
