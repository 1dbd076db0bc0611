// Package stage makes files and directories that appear under their names when they are complete. Until then they stand in
// the directory that they are for, under a name of their own.
//
// The directory may belong to another user, who can rename what stands in it at any time. So everything from the lock to the
// last renaming is done with open descriptors: what is written lands in what was made here, and something else that has
// come to stand under its name is neither filled nor taken for it.
package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A Stage is a file or directory on its way to its name. It is locked as long as somebody works on it, so that the next run
// can tell what a killed one left behind.
type Stage struct {
	in   *os.Root    // the directory that it stands in
	name string      // in there; empty once nothing is left to remove
	file *os.File    // itself
	root *os.Root    // itself, if it is a directory
	old  fs.FileInfo // what it was exchanged for
}

const prefix = ".whittle-"

// errSwapped is told when something else stands where the stage was made.
var errSwapped = errors.New("somebody else renames what is in this directory")

// NewFile makes a file of mode 0644 in a directory, which it clears of what killed runs left there.
func NewFile(in string) (*Stage, error) { return open(in, create) }

// NewDir makes a directory of mode 0755 in a directory, as NewFile does a file.
func NewDir(in string) (*Stage, error) { return open(in, mkdir) }

func open(in string, create func(*Stage) error) (*Stage, error) {
	root, err := os.OpenRoot(in)
	if err != nil {
		return nil, err
	}
	clearLeft(root)
	for {
		s := &Stage{in: root, name: prefix + strconv.FormatUint(rand.Uint64(), 10)}
		err := create(s)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		// Where a file system has no locks, nothing is cleared, either.
		if err := unix.Flock(int(s.file.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) && s.stands(s.name) {
			return s, nil
		}
		// Another run took it for one that was left, before it was locked.
		if err := s.release(); err != nil {
			return nil, errors.Join(err, root.Close())
		}
	}
}

func create(s *Stage) (err error) {
	if s.file, err = s.in.OpenFile(s.name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		return err
	}
	return s.file.Chmod(0o644) // whatever the umask
}

func mkdir(s *Stage) error {
	if err := s.in.Mkdir(s.name, 0o755); err != nil {
		return err
	}
	return s.openMade()
}

// openMade opens the directory that was just made. A link that was put in its place would lead to another one.
func (s *Stage) openMade() (err error) {
	if s.root, err = s.in.OpenRoot(s.name); err != nil {
		return err
	}
	if s.file, err = s.root.Open("."); err != nil {
		return err
	}
	if !s.stands(s.name) {
		return errSwapped
	}
	return s.file.Chmod(0o755)
}

// stands tells whether the stage has a name in its directory.
func (s *Stage) stands(name string) bool { return isNamed(s.in, name, s.file) }

func isNamed(in *os.Root, name string, f *os.File) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := in.Lstat(name)
	return err == nil && os.SameFile(mine, named)
}

// clearLeft removes what is locked by nobody. What cannot be removed is another user's, and none of our business.
func clearLeft(in *os.Root) {
	entries, err := fs.ReadDir(in.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), prefix)
		if !ours || strings.Trim(number, "0123456789") != "" || !e.IsDir() && !e.Type().IsRegular() {
			continue
		}
		f, err := in.OpenFile(e.Name(), os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && isNamed(in, e.Name(), f) {
			_ = in.RemoveAll(e.Name())
		}
		_ = f.Close()
	}
}

// Write writes into a stage that is a file.
func (s *Stage) Write(p []byte) (int, error) { return s.file.Write(p) }

// Root is a stage that is a directory, to be written into. It is closed with the stage.
func (s *Stage) Root() *os.Root { return s.root }

// In is the directory that the stage stands in. It is closed with the stage.
func (s *Stage) In() *os.Root { return s.in }

// Path is a path of the stage for libraries that take nothing else. It leads through the open descriptor, where the
// machine has /proc.
func (s *Stage) Path() string {
	through := fmt.Sprintf("/proc/self/fd/%d", s.file.Fd())
	if there, err := os.Stat(through); err == nil {
		if mine, err := s.file.Stat(); err == nil && os.SameFile(there, mine) {
			return through
		}
	}
	return filepath.Join(s.in.Name(), s.name)
}

// Place gives the stage its name in the directory that it stands in. A file takes the place of what has the name, and so
// does a directory of an empty one.
func (s *Stage) Place(base string) error {
	if !s.stands(s.name) {
		return errSwapped
	}
	if err := s.in.Rename(s.name, base); err != nil {
		return err
	}
	s.name = ""
	return s.placed(base)
}

// Exchange gives the stage its name, and what has it already the stage's, which Discard removes: at no moment is there
// nothing, unless the file system cannot exchange names.
func (s *Stage) Exchange(base string) error {
	if !s.stands(s.name) {
		return errSwapped
	}
	in, err := s.in.Open(".")
	if err != nil {
		return err
	}
	defer in.Close()
	s.old, _ = s.in.Lstat(base) // nil if there is nothing, which cannot be exchanged
	if unix.Renameat2(int(in.Fd()), s.name, int(in.Fd()), base, unix.RENAME_EXCHANGE) == nil {
		return s.placed(base)
	}
	if err := s.in.RemoveAll(base); err != nil {
		return err
	}
	return s.Place(base)
}

// placed says so if another one was renamed in the moment between the look and the renaming.
func (s *Stage) placed(base string) error {
	if !s.stands(base) {
		return errSwapped
	}
	return nil
}

// Discard removes the stage unless it has its place, and closes it.
func (s *Stage) Discard() { _ = errors.Join(s.release(), s.in.Close()) }

// release removes the stage, or what it was exchanged for, and closes it. Anything else that has its name by now is left
// alone: it may be what somebody else could not have removed.
func (s *Stage) release() error {
	var err error
	if named, lerr := s.in.Lstat(s.name); s.name != "" && lerr == nil && (s.stands(s.name) || s.old != nil && os.SameFile(named, s.old)) {
		err = s.in.RemoveAll(s.name)
	}
	return errors.Join(err, s.closeOwn())
}

func (s *Stage) closeOwn() error {
	var errs []error
	if s.root != nil {
		errs = append(errs, s.root.Close())
	}
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(errs...)
}

func (s *Stage) close() error { return errors.Join(s.closeOwn(), s.in.Close()) }
