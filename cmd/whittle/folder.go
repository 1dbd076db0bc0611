package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// folder is a directory of definitions, which may be somebody else's: links lead to places in it, or nowhere, and files are
// regular ones. A definition that is a link to a secret would else be quoted in an error, and a pipe be waited for.
type folder struct{ root *os.Root }

// openFolder opens a directory for the rest of the process.
func openFolder(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", dir, err)
	}
	return folder{root}, nil
}

func (f folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("it is no regular file")}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
