package language

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"whittle.dev/whittle/project"
)

// maxFile bounds the files that a build reads whole, in bytes: RECORD of a package with a hundred thousand files fits.
const maxFile = 64 << 20

// OpenFile opens a regular file for reading. A pipe that nobody writes to, or a device, would be waited for. Files of the
// app are read through Site.Files, which keeps to its folder, too.
func OpenFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("it is no regular file")}
	}
	if err != nil {
		_ = f.Close() // nothing was read
		return nil, err
	}
	return f, nil
}

// ReadFile reads a regular file of at most 64 MB.
func ReadFile(name string) ([]byte, error) {
	f, err := OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("it has more than %d MB", maxFile>>20)}
	}
	return data, err
}

// CopyFile copies a regular file of any size to a path below folders that are made, with a mode.
func CopyFile(from, to string, mode fs.FileMode) error {
	in, err := OpenFile(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// FolderOf is the folder of a root, which the build has open to change it, for reading: bounded as Site.Files is. Root's own file system
// waits for pipes that patterns lead to.
func FolderOf(root *os.Root) fs.FS { return project.FolderOf(root) }
