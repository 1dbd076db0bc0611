package npm

import (
	"archive/tar"
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Taking says which files of a package are of use, and where.
type Taking struct {
	Name func(name string) (to string, ok bool)
	Most int // so many are there: nothing is read behind the last of them; 0 where that is not known
}

// extract writes the regular files of a tarball below dir. Names that lead out of it are refused by os.Root.
func extract(from io.Reader, dir string, take Taking) (err error) {
	packed, err := gzip.NewReader(bufio.NewReaderSize(from, 128<<10))
	if err != nil {
		return err
	}
	to, err := openDirectories(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	files := tar.NewReader(io.LimitReader(packed, maxPackage))
	for taken := 0; taken < take.Most || take.Most == 0; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, ok := strings.Cut(path.Clean(h.Name), "/")
		if !ok || h.Typeflag != tar.TypeReg {
			continue
		}
		if name, ok = take.Name(name); !ok {
			continue
		}
		mode := fs.FileMode(0o644)
		if h.Mode&0o100 != 0 {
			mode = 0o755
		}
		if err := to.write(name, mode, files); err != nil {
			return err
		}
		taken++
	}
	return nil
}

// directories are those of a package that is being written. They stay open: npm sorts the files of a package by their last
// names, so that one file's directory is seldom the next one's, and os.Root looks up a path name by name.
type directories struct {
	top  *os.Root
	open map[string]*os.Root // by path below top
}

// maxOpen bounds how many directories are open.
const maxOpen = 500

func openDirectories(dir string) (*directories, error) {
	top, err := os.OpenRoot(dir)
	return &directories{top: top, open: map[string]*os.Root{}}, err
}

// in makes and opens a directory below top.
func (d *directories) in(dir string) (*os.Root, error) {
	if r := d.open[dir]; r != nil {
		return r, nil
	}
	if len(d.open) >= maxOpen {
		if err := d.leave(); err != nil {
			return nil, err
		}
	}
	if err := d.top.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	r, err := d.top.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d.open[dir] = r
	return r, nil
}

func (d *directories) write(name string, mode fs.FileMode, from io.Reader) error {
	in, err := d.in(path.Dir(name))
	if err != nil {
		return err
	}
	file, err := in.OpenFile(path.Base(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}

// leave closes the directories below top.
func (d *directories) leave() error {
	var errs []error
	for _, r := range d.open {
		errs = append(errs, r.Close())
	}
	clear(d.open)
	return errors.Join(errs...)
}

func (d *directories) close() error { return errors.Join(d.leave(), d.top.Close()) }

// Everything takes all files under their own names.
var Everything = Taking{Name: func(name string) (string, bool) { return name, true }}

// WithoutManual takes all files but the pages that a package manager shows to people: a sixth of npm's files.
var WithoutManual = Taking{Name: func(name string) (string, bool) {
	return name, !strings.HasPrefix(name, "docs/") && !strings.HasPrefix(name, "man/")
}}
