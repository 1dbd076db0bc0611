package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// ErrCannotShare says that a file system cannot share files in the way that was asked, and ErrCannotShareFile that this
// one cannot be shared, being another user's. Whoever wants the blob copies it.
var (
	ErrCannotShare     = errors.New("cannot share files")
	ErrCannotShareFile = errors.New("cannot share the file")
)

// Link makes a hard link to a blob in an open directory. Only a file that has the bytes of its name, and is this user's own, is
// linked: others could change it under the tree. Its bytes are read for that once in the life of a Store: a program that wrote
// to the file through another tree may have set its time back. The error wraps fs.ErrExist if the name is taken,
// fs.ErrNotExist if the store has no such blob, ErrCannotShare or ErrCannotShareFile if it must be copied.
func (s *Store) Link(b Blob, dir *os.File, name string) error {
	st, err := s.stat(b)
	if err != nil {
		return fmt.Errorf("cannot link %s from file store: %w", b.name(), err)
	}
	if int(st.Uid) != s.owner {
		return fmt.Errorf("%w: it belongs to another user", ErrCannotShareFile)
	}
	if !s.untouched(b, &st) {
		f, err := s.Open(b)
		if err != nil {
			return err
		}
		f.Close()
		if !s.has(b) {
			return fmt.Errorf("%w: it was changed", ErrCannotShareFile)
		}
	}
	if err := s.Check(b); err != nil {
		return fmt.Errorf("cannot link %s from file store: %w", b.name(), err)
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

// checking is a blob whose bytes are being read, or were.
type checking struct {
	done chan struct{}
	err  error // when it is done
}

// checked is a blob whose bytes this process has written or read.
func checked() *checking {
	c := &checking{done: make(chan struct{})}
	close(c.done)
	return c
}

// Check reads a blob whose bytes were neither written nor read by this Store before, and removes it if they are not those of
// its name: the error is fs.ErrNotExist then. Link and Clone do so; whoever knows what will be linked can call it ahead, from
// several goroutines.
func (s *Store) Check(b Blob) error {
	name := b.name()
	s.mu.Lock()
	c, known := s.checks[name]
	if !known {
		c = &checking{done: make(chan struct{})}
		s.checks[name] = c
	}
	s.mu.Unlock()
	if known {
		<-c.done
		return c.err
	}
	f, _, err := s.open(b)
	if err == nil {
		err = errors.Join(s.compare(b, f), f.Close())
	}
	if err != nil { // it may be stored anew
		s.mu.Lock()
		delete(s.checks, name)
		s.mu.Unlock()
	}
	c.err = err
	close(c.done)
	return err
}

// CheckAgain reads a blob as Check does, also one that was read before.
func (s *Store) CheckAgain(b Blob) error {
	s.mu.Lock()
	delete(s.checks, b.name())
	s.mu.Unlock()
	return s.Check(b)
}

// compare reads a blob's file to its end, and removes it if its bytes are not those of its name.
func (s *Store) compare(b Blob, f *os.File) error {
	buf := s.buffers.Get().(*[bufferSize]byte)
	defer s.buffers.Put(buf)
	sum := sha256.New()
	n, err := io.CopyBuffer(onlyWriter{sum}, onlyReader{f}, buf[:])
	if err == nil && n == b.Size && hex.EncodeToString(sum.Sum(nil)) == b.SHA256 {
		return nil
	}
	if dir, name, err := s.place(b); err == nil {
		_ = unix.Unlinkat(dir.fd, name, 0)
	}
	return fmt.Errorf("%s was changed: %w", b.name(), fs.ErrNotExist)
}

// io.CopyBuffer leaves its buffer aside where either end knows a way of its own.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

// Clone makes an empty file share a blob's blocks, where the file system can (ioctl_ficlone(2)). The error wraps
// ErrCannotShare where it cannot. As for Link, the bytes are read first.
func (s *Store) Clone(b Blob, to *os.File) error {
	if err := s.Check(b); err != nil {
		return fmt.Errorf("cannot clone %s from file store: %w", b.name(), err)
	}
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
