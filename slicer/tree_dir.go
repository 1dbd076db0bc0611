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
	if up := parent(name); up != "" {
		if err := d.root.MkdirAll(up, 0o755); err != nil {
			return err
		}
	}
	mode := fs.FileMode(h.Mode & 0o777)
	if h.Mode&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	switch h.Typeflag {
	case tar.TypeDir:
		if err := d.root.Mkdir(name, 0o755); err != nil && !d.isDir(name) {
			return err
		}
		return d.root.Chmod(name, mode) // mkdir(2) is subject to the umask and drops the sticky bit
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

func (d *Dir) file(name string, mode fs.FileMode, size int64, body io.Reader) error {
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, body)
	if err == nil && n != size {
		err = fmt.Errorf("%d bytes instead of %d", n, size)
	}
	return errors.Join(err, f.Chmod(mode), f.Close())
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
