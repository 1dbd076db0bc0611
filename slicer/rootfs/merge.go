package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"

	"golang.org/x/sys/unix"
)

// A merger moves what is in a directory into a root.
type merger struct {
	root   *os.Root
	from   *os.Root // the directory
	device uint64   // of the directory
	moves  []string
	modes  map[string]fs.FileMode // of directories that are there and whose mode the cut says
}

// Merge moves what is in a directory, which stands on the file system of a root, into the root. It looks at everything before it
// changes anything. Then only names change, which needs no space: what can still go wrong is another program that writes into the
// root at the same time, and the power. Accounts that the root has already stay as they are.
func Merge(root, from *os.Root) error {
	m := &merger{root: root, from: from, modes: map[string]fs.FileMode{}}
	info, err := from.Stat(".")
	if err != nil {
		return err
	}
	if m.device, err = deviceOf(info); err != nil {
		return err
	}
	if err := m.look(".", m.device); err != nil {
		return err
	}
	return m.move()
}

// look compares one directory, which is on a device, with what stands in its place. A link to a directory in the root will
// do for one, as the links of a merged /usr must.
func (m *merger) look(at string, device uint64) error {
	entries, err := fs.ReadDir(m.from.FS(), at)
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
func (m *merger) isFiller(name string) bool {
	text, ok := Accounts[name]
	if !ok {
		return false
	}
	staged, err := m.from.ReadFile(name)
	return err == nil && string(staged) == text
}

func (m *merger) lookBelow(name string) error {
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
func (m *merger) keepMode(name string) error {
	const implied = fs.ModeDir | 0o755
	info, err := m.from.Lstat(name)
	if err == nil && info.Mode() != implied {
		m.modes[name] = info.Mode()
	}
	return err
}

// move puts everything in its place, parents first.
func (m *merger) move() error {
	for _, name := range m.moves {
		if err := m.rename(name); err != nil {
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

// rename moves one entry, from the directory that was looked into to the one that was looked at, whatever their paths lead to
// by now.
func (m *merger) rename(name string) error {
	from, err := m.from.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := m.root.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer to.Close()
	if err := unix.Renameat(int(from.Fd()), path.Base(name), int(to.Fd()), path.Base(name)); err != nil {
		return &os.LinkError{Op: "rename", Old: m.from.Name(), New: "/" + name, Err: err}
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
