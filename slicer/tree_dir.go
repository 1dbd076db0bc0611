package slicer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Dir is a Tree that lands in a directory. Every write goes through os.Root, so nothing that a package holds can be
// written outside of it: a path that leads through a symbolic link out of the directory is an error.
type Dir struct{ root *os.Root }

// NewDir returns a tree that lands in root, which the caller closes.
func NewDir(root *os.Root) *Dir { return &Dir{root: root} }

// Add writes one entry. What stands at the path already is replaced, a directory only by a directory.
func (d *Dir) Add(h *tar.Header, body io.Reader) error {
	name := strings.TrimSuffix(h.Name, "/")
	if !cleanPath(name) {
		return fmt.Errorf("cannot write %q: not a clean relative path", h.Name)
	}
	if err := d.add(name, h, body); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

func (d *Dir) add(name string, h *tar.Header, body io.Reader) error {
	if err := d.parents(parent(name)); err != nil {
		return err
	}
	mode := fileMode(h.Mode)
	switch h.Typeflag {
	case tar.TypeDir:
		if err := d.root.Mkdir(name, 0o755); err != nil && !d.isDir(name) {
			return err
		}
		return d.root.Chmod(name, mode) // mkdir(2) is subject to the umask and drops the special bits
	case tar.TypeSymlink:
		if err := d.clear(name); err != nil {
			return err
		}
		return d.root.Symlink(h.Linkname, name)
	case tar.TypeReg:
		if err := d.clear(name); err != nil {
			return err
		}
		return d.file(name, mode, h.Size, body)
	default:
		return fmt.Errorf("entries of type %q are not written", h.Typeflag)
	}
}

// fileMode turns the mode bits of a tar into those of package fs. Setuid and setgid are kept: the owner is root in a
// tar and whoever cuts in a directory, and chmod(2) decides what the latter may set.
func fileMode(bits int64) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	for bit, special := range map[int64]fs.FileMode{0o1000: fs.ModeSticky, 0o2000: fs.ModeSetgid, 0o4000: fs.ModeSetuid} {
		if bits&bit != 0 {
			mode |= special
		}
	}
	return mode
}

func (d *Dir) file(name string, mode fs.FileMode, size int64, body io.Reader) error {
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(body, size+1)) // a body that lies about its size does not fill the disk
	if err == nil && n != size {
		err = wrongSize(n, size)
	}
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err != nil {
		err = errors.Join(err, d.root.Remove(name))
	}
	return err
}

// wrongSize says that a body of which one byte more than size was read at most does not have that size.
func wrongSize(n, size int64) error {
	if n > size {
		return fmt.Errorf("more than the %d bytes that were announced", size)
	}
	return fmt.Errorf("%d bytes instead of %d", n, size)
}

// parents makes the directories above an entry that the cut does not list, with the mode that a tar gives them: mkdir(2)
// is subject to the umask. What stands there already keeps its mode.
func (d *Dir) parents(dir string) error {
	if dir == "" {
		return nil
	}
	if _, err := d.root.Stat(dir); err == nil {
		return nil // if it is no directory, whoever writes below it is told
	}
	if err := d.parents(parent(dir)); err != nil {
		return err
	}
	if err := d.root.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return d.root.Chmod(dir, 0o755)
}

// clear removes a file or link; a directory that is in the way is an error.
func (d *Dir) clear(name string) error {
	fi, err := d.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case fi.IsDir():
		return errors.New("a directory is in the way")
	}
	return d.root.Remove(name)
}

func (d *Dir) isDir(name string) bool {
	fi, err := d.root.Lstat(name)
	return err == nil && fi.IsDir()
}
