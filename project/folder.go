package project

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"whittle.dev/whittle/internal/problem"
)

// MaxFile is the size in bytes of the largest file of an app that the build reads as text: a lock file of a large
// monorepo fits many times.
const MaxFile = 64 << 20

// Folder is an app's folder for reading. An app is foreign input: a Procfile that is a link to a service binding's secret
// must not become a process, and a package.json that is a link to /dev/zero must not hang the build. So links lead only
// to places in the folder (os.Root), and files are regular ones, of which at most MaxFile bytes are read from the beginning.
// A program may be larger: ReadAt reads what it is asked for.
type Folder struct{ root *os.Root }

// OpenFolder opens an app's folder.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the app's folder: %w", err)
	}
	return &Folder{root: root}, nil
}

// FolderOf is the folder that a root was opened for, which stays the caller's to close.
func FolderOf(root *os.Root) *Folder { return &Folder{root: root} }

// Close closes the folder; its open files stay open.
func (f *Folder) Close() error { return f.root.Close() }

// Open implements fs.FS.
func (f *Folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	// A pipe without a writer would block an open for reading.
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, said("open", name, err)
	}
	info, err := file.Stat()
	if err == nil {
		err = readable(info)
	}
	if err != nil {
		_ = file.Close() // nothing was read
		return nil, said("open", name, err)
	}
	return &bounded{File: file, name: name, size: info.Size()}, nil
}

// bounded is a file that is not read from its beginning where it is too large.
type bounded struct {
	*os.File
	name string
	size int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.size > MaxFile {
		return 0, said("read", b.name, fmt.Errorf("it has %d bytes, and the build reads at most %d", b.size, MaxFile))
	}
	return b.File.Read(p)
}

// ReadFile implements fs.ReadFileFS: no room is made for a file that is too large.
func (f *Folder) ReadFile(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// Stat implements fs.StatFS. Links are followed within the folder.
func (f *Folder) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	info, err := f.root.Stat(name)
	return info, said("stat", name, err)
}

// ReadDir implements fs.ReadDirFS: sorted by name. Whoever looks for "*/package.json" asks for every entry of a folder, pipes too.
func (f *Folder) ReadDir(name string) ([]fs.DirEntry, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	dir, ok := file.(fs.ReadDirFile)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.ErrUnsupported}
	}
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, said("readdir", name, err)
}

func readable(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return nil
	case !info.Mode().IsRegular():
		return errors.New("it is no regular file")
	}
	return nil
}

// said is an error with the name as the app has it. os.Root's own words for a link that leads out say little.
func said(op, name string, err error) error {
	var in *fs.PathError
	if err == nil {
		return nil
	}
	if errors.As(err, &in) {
		err = in.Err
	}
	if strings.Contains(err.Error(), "escapes from parent") {
		err = errors.New("it is a link that leads out of the app's folder")
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// below returns a folder of the project by the name that a setting gives it, and that name cleaned: "apps/web".
func below(dir fs.FS, name, by string) (fs.FS, string, error) {
	clean := path.Clean(strings.TrimPrefix(name, "./"))
	if clean == "." {
		return dir, "", nil
	}
	if !fs.ValidPath(clean) {
		return nil, "", noFolder(name, by, errors.New("it is no path below the project's folder"))
	}
	info, err := fs.Stat(dir, clean)
	if err != nil {
		return nil, "", noFolder(name, by, err)
	}
	if !info.IsDir() {
		return nil, "", noFolder(name, by, errors.New("it is no directory"))
	}
	sub, err := fs.Sub(dir, clean)
	return sub, clean, err
}

func noFolder(name, by string, err error) error {
	return &problem.Problem{
		What: fmt.Sprintf("cannot use the app's folder %q (%s): %v", name, by, err), Err: err,
		Next: "Name a folder of the project, such as apps/web.",
	}
}
