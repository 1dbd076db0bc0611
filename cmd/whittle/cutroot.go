package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

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

// A merge moves what is in a directory of a root into the root itself.
type merge struct {
	root   *os.Root
	from   string // the directory, below the root
	device uint64 // of the directory
	moves  []string
	modes  map[string]fs.FileMode // of directories that are there and whose mode the cut says
}

// mergeStage looks at everything before it changes anything. Then only names change, which needs no space: what can
// still go wrong is another program that writes into the directory at the same time, and the power.
func mergeStage(s *stage, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot open root: %w", err)
	}
	defer root.Close()
	m := &merge{root: root, from: filepath.Base(s.path), modes: map[string]fs.FileMode{}}
	info, err := s.Stat()
	if err == nil {
		m.device, err = deviceOf(info)
	}
	if err == nil {
		err = m.look("", m.device)
	}
	if err == nil {
		err = m.move()
	}
	if err != nil {
		return fmt.Errorf("cannot write into %s: %w", dir, err)
	}
	return nil
}

// look compares one directory, which is on a device, with what stands in its place. A link to a directory in the root will
// do for one, as the links of a merged /usr must.
func (m *merge) look(at string, device uint64) error {
	entries, err := fs.ReadDir(m.root.FS(), path.Join(m.from, at))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(at, e.Name())
		there, err := m.root.Lstat(name)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case err == nil && e.IsDir():
			err = m.lookBelow(name)
		case err == nil && m.isFiller(name):
			continue
		case err == nil && there.IsDir():
			return fmt.Errorf("/%s is a directory there, and no directory in the cut", name)
		case device != m.device:
			return fmt.Errorf("/%s is on another file system than the directory itself", name)
		default:
			m.moves, err = append(m.moves, name), nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isFiller tells whether a file of the cut is there only because a root needs one of that name: a root that has its own
// accounts keeps them.
func (m *merge) isFiller(name string) bool {
	text, ok := accounts[name]
	if !ok {
		return false
	}
	staged, err := m.root.ReadFile(path.Join(m.from, name))
	return err == nil && string(staged) == text
}

func (m *merge) lookBelow(name string) error {
	there, err := m.root.Stat(name)
	if err != nil || !there.IsDir() {
		return errors.Join(err, fmt.Errorf("/%s is no directory there, and a directory in the cut", name))
	}
	device, err := deviceOf(there)
	if err != nil {
		return err
	}
	if err := m.keepMode(name); err != nil {
		return err
	}
	return m.look(name, device)
}

// keepMode notes the mode of a directory that is there already, if the cut says one. It says 0755 also of directories
// that no package lists, and such a mode loosens none that is there.
func (m *merge) keepMode(name string) error {
	const implied = fs.ModeDir | 0o755
	info, err := m.root.Lstat(path.Join(m.from, name))
	if err == nil && info.Mode() != implied {
		m.modes[name] = info.Mode()
	}
	return err
}

// move puts everything in its place, parents first.
func (m *merge) move() error {
	for _, name := range m.moves {
		if err := m.root.Rename(path.Join(m.from, name), name); err != nil {
			return err
		}
	}
	for name, mode := range m.modes {
		if err := m.root.Chmod(name, mode); err != nil {
			return err
		}
	}
	return nil
}

// deviceOf tells the file system that something is on.
func deviceOf(info fs.FileInfo) (uint64, error) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("the file system of %s cannot be told", info.Name())
	}
	return uint64(st.Dev), nil
}
