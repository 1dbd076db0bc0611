package store

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrCannotShare says that a file system cannot share files in the way that was asked, and ErrCannotShareFile that this
// one cannot be shared, being another user's. Whoever wants the blob copies it.
var (
	ErrCannotShare     = errors.New("cannot share files")
	ErrCannotShareFile = errors.New("cannot share the file")
)

// Link makes a hard link to a blob in an open directory. Only a file that is untouched since it was stored, and this
// user's own, is linked: others could change it under the tree. The error wraps fs.ErrExist if the name is taken,
// fs.ErrNotExist if the store has no such blob, ErrCannotShare or ErrCannotShareFile if it must be copied.
func (s *Store) Link(b Blob, dir *os.File, name string) error {
	st, err := s.stat(b)
	if err != nil {
		return fmt.Errorf("cannot link %s from file store: %w", b.name(), err)
	}
	if int(st.Uid) != s.owner {
		return fmt.Errorf("%w: it belongs to another user", ErrCannotShareFile)
	}
	if !b.untouched(&st) {
		f, err := s.Open(b)
		if err != nil {
			return err
		}
		f.Close()
		if !s.has(b) {
			return fmt.Errorf("%w: it was changed", ErrCannotShareFile)
		}
	}
	from, own, err := s.place(b)
	if err != nil {
		return fmt.Errorf("cannot link %s from file store: %w", b.name(), err)
	}
	err = unix.Linkat(from.fd, own, int(dir.Fd()), name, 0)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EXDEV), errors.Is(err, unix.EPERM), errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("%w between these directories: %w", ErrCannotShare, err)
	case errors.Is(err, unix.EMLINK):
		return fmt.Errorf("%w: %w", ErrCannotShareFile, err)
	}
	return fmt.Errorf("cannot link %s from file store: %w", own, err)
}

// Clone makes an empty file share a blob's blocks, where the file system can (ioctl_ficlone(2)). The error wraps
// ErrCannotShare where it cannot.
func (s *Store) Clone(b Blob, to *os.File) error {
	f, err := s.Open(b)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.IoctlFileClone(int(to.Fd()), int(f.Fd())); err != nil {
		return fmt.Errorf("%w: %w", ErrCannotShare, err)
	}
	return nil
}
