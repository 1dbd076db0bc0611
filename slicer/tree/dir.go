package tree

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/store"
)

// Dir is a Tree that lands in a directory. Every write goes through os.Root, so nothing that a package holds can be
// written outside of it: a path that leads through a symbolic link out of the directory is an error. Regular files have
// the time of image layers, however they came there.
type Dir struct {
	root   *os.Root
	links  bool // files may be shared with the store
	clones bool // the file system may know how to clone
	open   []directory
}

// directory is an open directory of the tree: those above the last entry, from the top down. A cut comes in sorted order,
// and looking up the whole path of each file takes longer than linking it.
type directory struct {
	name string // below the root; empty for the root itself
	root *os.Root
	file *os.File // the same, for linking; nil until then
}

// NewDir returns a tree that lands in root, which the caller closes. Files are copies.
func NewDir(root *os.Root) *Dir { return &Dir{root: root} }

// NewSharedDir returns a tree that lands in root, as NewDir does, and in which files share their blocks with the store
// of unpacked packages: as clones where the file system has them, else as hard links, else they are copies. What people
// edit in place (etc, var) and what has setuid bits is always copied. A hard-linked file that is written to changes in
// every tree that was cut before, and in none that is cut later.
func NewSharedDir(root *os.Root) *Dir { return &Dir{root: root, links: true, clones: true} }

// Add writes one entry. What stands at the path already is replaced, a directory only by a directory.
func (d *Dir) Add(h *tar.Header, body io.Reader) error {
	name := strings.TrimSuffix(h.Name, "/")
	if !paths.IsClean(name) {
		return fmt.Errorf("cannot write %q: not a clean relative path", h.Name)
	}
	if err := d.add(name, h, body); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

// Shares tells whether files may be shared with the store, as far as is known yet.
func (d *Dir) Shares() bool { return d.links || d.clones }

// Close releases the directories that are open; the tree can still be added to.
func (d *Dir) Close() error { return d.leave(0) }

// leave closes all open directories but the first few.
func (d *Dir) leave(keep int) error {
	var errs []error
	for _, o := range d.open[keep:] {
		if o.file != nil {
			errs = append(errs, o.file.Close())
		}
		if o.root != d.root {
			errs = append(errs, o.root.Close())
		}
	}
	d.open = d.open[:keep]
	return errors.Join(errs...)
}

func (d *Dir) add(name string, h *tar.Header, from io.Reader) error {
	in, err := d.enter(paths.Parent(name))
	if err != nil {
		return err
	}
	base := path.Base(name)
	switch h.Typeflag {
	case tar.TypeDir:
		if err := in.root.Mkdir(base, 0o755); err != nil && !in.isDir(base) {
			return err
		}
		return in.setMode(base, fileMode(h.Mode))
	case tar.TypeSymlink:
		return in.replacing(base, func() error { return in.root.Symlink(h.Linkname, base) })
	case tar.TypeReg:
		return d.file(in, base, h, from)
	case tar.TypeLink:
		return d.hardLink(in, base, h, from)
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

// enter opens a directory, and makes it if it is not there, and returns it. Directories that the cut does not list have
// the mode that a tar gives them: mkdir(2) is subject to the umask. What stands there already keeps its mode.
func (d *Dir) enter(dir string) (*directory, error) {
	keep := 0
	for keep < len(d.open) && (d.open[keep].name == "" || d.open[keep].name == dir || strings.HasPrefix(dir, d.open[keep].name+"/")) {
		keep++
	}
	if err := d.leave(keep); err != nil {
		return nil, err
	}
	if keep == 0 {
		d.open = append(d.open, directory{root: d.root})
	}
	last := d.open[len(d.open)-1]
	for last.name != dir {
		rest := strings.TrimPrefix(strings.TrimPrefix(dir, last.name), "/")
		step, _, _ := strings.Cut(rest, "/")
		next := directory{name: path.Join(last.name, step)}
		var err error
		if next.root, err = d.step(last, step); err != nil {
			return nil, err
		}
		d.open = append(d.open, next)
		last = next
	}
	return &d.open[len(d.open)-1], nil
}

// step opens a directory of an open one. A symbolic link in its place is followed as far as the whole tree goes.
func (d *Dir) step(from directory, base string) (*os.Root, error) {
	err := from.root.Mkdir(base, 0o755)
	if err == nil {
		err = from.setMode(base, 0o755)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	root, err := from.root.OpenRoot(base)
	if err != nil {
		return d.root.OpenRoot(path.Join(from.name, base))
	}
	return root, nil
}

// file writes a regular file into the open directory.
func (d *Dir) file(in *directory, base string, h *tar.Header, from io.Reader) error {
	if b, ok := from.(Stored); ok && d.links && b.Shareable(h.Mode) {
		if done, err := d.share(in, base, h, b); done || err != nil {
			return err
		}
	}
	return in.write(base, h, func(f *os.File) error {
		n, err := io.Copy(f, io.LimitReader(from, h.Size+1)) // a body that lies about its size does not fill the disk
		if err == nil && n != h.Size {
			err = wrongSize(n, h.Size)
		}
		return err
	})
}

// hardLink gives a file of the tree a further name, or writes it again where the file system cannot.
func (d *Dir) hardLink(in *directory, base string, h *tar.Header, from io.Reader) error {
	if info, err := d.root.Lstat(h.Linkname); !paths.IsClean(h.Linkname) || err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("it is a hard link to %s, and no such file was written before", h.Linkname)
	}
	err := in.replacing(base, func() error { return d.root.Link(h.Linkname, path.Join(in.name, base)) })
	for _, cannot := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.ENOSYS, syscall.EMLINK, syscall.EXDEV} {
		if errors.Is(err, cannot) {
			return d.file(in, base, h, from)
		}
	}
	return err
}

// share clones or links a file. It is not done where neither can be, and the file is to be copied.
func (d *Dir) share(in *directory, base string, h *tar.Header, b Stored) (done bool, err error) {
	if d.clones {
		err := in.write(base, h, b.Clone)
		if !errors.Is(err, store.ErrCannotShare) {
			return err == nil, err
		}
		d.clones = false
	}
	if in.file == nil {
		if in.file, err = in.root.Open("."); err != nil {
			return false, err
		}
	}
	err = in.replacing(base, func() error { return b.Link(in.file, base) })
	if errors.Is(err, store.ErrCannotShare) {
		d.links = false
	}
	if errors.Is(err, store.ErrCannotShare) || errors.Is(err, store.ErrCannotShareFile) {
		return false, nil
	}
	return err == nil, err
}

// write makes a file with the mode and time it is to have. One that cannot be filled is removed.
func (d *directory) write(base string, h *tar.Header, fill func(*os.File) error) error {
	var f *os.File
	err := d.replacing(base, func() (err error) {
		f, err = d.root.OpenFile(base, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		return err
	})
	if err != nil {
		return err
	}
	if err = fill(f); err == nil {
		err = f.Chmod(fileMode(h.Mode))
	}
	if err == nil {
		err = store.Stamp(f)
	}
	err = errors.Join(err, f.Close())
	if err != nil {
		err = errors.Join(err, d.root.Remove(base))
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

// replacing makes something under a name, and once more without what had the name. Nearly always nothing has it: looking
// first would cost as much as making it.
func (d *directory) replacing(base string, make func() error) error {
	err := make()
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := d.clear(base); err != nil {
		return err
	}
	return make()
}

// setMode gives a directory its mode, if it has another one: mkdir(2) is subject to the umask and drops the special bits.
// A change is a write, and takes longer than looking.
func (d *directory) setMode(base string, mode fs.FileMode) error {
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	info, err := d.root.Lstat(base)
	if err == nil && info.Mode()&bits == mode {
		return nil
	}
	return d.root.Chmod(base, mode)
}

// clear removes a file or link of the open directory; a directory that is in the way is an error.
func (d *directory) clear(base string) error {
	fi, err := d.root.Lstat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case fi.IsDir():
		return errors.New("a directory is in the way")
	}
	return d.root.Remove(base)
}

func (d *directory) isDir(base string) bool {
	fi, err := d.root.Lstat(base)
	return err == nil && fi.IsDir()
}
