package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"whittle.dev/whittle/internal/owned"
	"whittle.dev/whittle/internal/stage"
	"whittle.dev/whittle/slicer/rootfs"
	"whittle.dev/whittle/slicer/tree"
)

// errLinkOfOthers is wrapped by the error about a root that is named by another user's link.
var errLinkOfOthers = errors.New("it is a link that another user made")

// writeRoot fills a directory. One that does not exist yet appears when it is complete. One that does stays, because it
// may be a mount: the files are gathered in it, and moved to their places when all of them are there and nothing is
// seen to be in their way.
func writeRoot(dir string, tree func(*os.Root) *tree.Dir, fill func(tree.Tree) error) error {
	in, fresh := dir, false
	info, err := os.Lstat(dir)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		if owned.Check(info) != nil { // whoever made the link would choose which directory is filled
			return fmt.Errorf("cannot write into %s: %w", dir, errLinkOfOthers)
		}
	case errors.Is(err, fs.ErrNotExist):
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
	base := filepath.Base(filepath.Clean(dir))
	err = s.Place(base)
	if errors.Is(err, fs.ErrExist) { // another run was faster: it is one that exists now
		err = mergeInto(s, base)
	}
	if err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	return nil
}

// mergeInto moves the files of a stage into a directory beside it.
func mergeInto(s *stage.Stage, base string) error {
	to, err := s.In().OpenRoot(base)
	if err != nil {
		return err
	}
	return closeAll(rootfs.Merge(to, s.Root()), to)
}

// writeTar writes a tar, which appears under its name when it is complete.
func writeTar(name string, fill func(tree.Tree) error) error {
	return writeFile(name, func(w io.Writer) error { return writeTarTo(w, name, fill) })
}
