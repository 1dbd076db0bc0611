package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A stage is a file or directory on its way to its name: it stands beside it, or in it, and takes its place when it is
// complete. It is locked as long as somebody works on it, so that the next run can tell what a killed one left behind.
type stage struct {
	*os.File
	path string
}

const stagePrefix = ".whittle-"

// newStage makes a file, or a directory, in a directory, which it clears of what killed runs left there.
func newStage(in string, directory bool) (*stage, error) {
	clearStages(in)
	for {
		name, err := makeTemp(in, directory)
		if err != nil {
			return nil, err
		}
		flag := os.O_RDWR
		if directory {
			flag = os.O_RDONLY
		}
		f, err := os.OpenFile(name, flag, 0)
		if errors.Is(err, os.ErrNotExist) {
			continue // another run took it for one that was left, before it was locked
		}
		if err != nil {
			return nil, err
		}
		s := &stage{f, name}
		// Where a file system has no locks, nothing is cleared, either.
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) && s.isNamed() {
			return s, nil
		}
		s.discard()
	}
}

func makeTemp(in string, directory bool) (string, error) {
	if directory {
		name, err := os.MkdirTemp(in, stagePrefix+"*")
		if err != nil {
			return "", err
		}
		return name, os.Chmod(name, 0o755)
	}
	f, err := os.CreateTemp(in, stagePrefix+"*")
	if err != nil {
		return "", err
	}
	return f.Name(), errors.Join(f.Chmod(0o644), f.Close())
}

// isNamed is false if another run removed the stage before it was locked.
func (s *stage) isNamed() bool {
	mine, err := s.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(s.path)
	return err == nil && os.SameFile(mine, named)
}

// clearStages removes what is locked by nobody. What cannot be removed is another user's, and none of our business.
func clearStages(in string) {
	entries, err := os.ReadDir(in)
	if err != nil {
		return
	}
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), stagePrefix)
		if !ours || strings.Trim(number, "0123456789") != "" || !e.IsDir() && !e.Type().IsRegular() {
			continue
		}
		f, err := os.Open(filepath.Join(in, e.Name()))
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = os.RemoveAll(f.Name())
		}
		_ = f.Close()
	}
}

// discard removes the stage; after place there is nothing left to remove.
func (s *stage) discard() {
	_ = os.RemoveAll(s.path)
	_ = s.Close()
}

// place gives the stage its name.
func (s *stage) place(name string) error { return os.Rename(s.path, name) }

// writeFile writes a file, which appears under its name when it is complete: a half of it in the place of an older one
// would be worse than none.
func writeFile(name string, fill func(io.Writer) error) error {
	s, err := newStage(filepath.Dir(name), false)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer s.discard()
	if err := fill(s); err != nil {
		return err
	}
	if err := s.place(name); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

// writeBytes writes a file of a few bytes.
func writeBytes(name string, data []byte) error {
	return writeFile(name, func(w io.Writer) error {
		if _, err := bytes.NewReader(data).WriteTo(w); err != nil {
			return fmt.Errorf("cannot write %s: %w", name, err)
		}
		return nil
	})
}
