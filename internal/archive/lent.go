package archive

import (
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"whittle.dev/whittle/internal/owned"
)

// openLent opens an index of Options.Indexes by the name that it would have in the
// cache: the digest of the file of a Release that it was made from. Nil if there
// is none, or none that could be trusted and used: it is made then.
func (a *Archive) openLent(name string) *openedIndex {
	if a.options.Indexes == "" {
		return nil
	}
	root, err := os.OpenRoot(a.options.Indexes)
	if err != nil {
		return nil
	}
	defer root.Close()
	if owned.CheckIn(root, ".") != nil {
		return nil
	}
	f, err := root.OpenFile(path.Base(name), os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	info, err := f.Stat()
	if err == nil {
		err = owned.Check(info)
	}
	var x *index
	if err == nil {
		x, err = openIndex(f, info.Size())
	}
	if err != nil {
		_ = f.Close()
		return nil
	}
	return &openedIndex{index: x, file: f, name: name, lent: path.Join(a.options.Indexes, path.Base(name))}
}

// WriteIndexes writes the indexes of packages into a directory for
// Options.Indexes, and returns how many there are.
func (a *Archive) WriteIndexes(dir string) (int, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, fmt.Errorf("cannot write indexes: %w", err)
	}
	defer root.Close()
	n := 0
	for _, s := range a.sites {
		for _, x := range s.indexes {
			if err := copyIndex(root, x); err != nil {
				return n, fmt.Errorf("cannot write the index of suite %s: %w", s.suite, err)
			}
			n++
		}
	}
	return n, nil
}

func copyIndex(to *os.Root, x *openedIndex) error {
	info, err := x.file.Stat()
	if err != nil {
		return err
	}
	f, err := to.OpenFile(path.Base(x.name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, io.NewSectionReader(x.file, 0, info.Size())); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
