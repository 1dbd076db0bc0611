package java

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"whittle.dev/whittle/build/language"
)

// eachFile calls do for every regular file below a root, by its path there.
func eachFile(root *os.Root, do func(name string) error) error {
	return fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		return do(name)
	})
}

var errNotRegular = errors.New("it is no regular file of a readable size")

// openRegular opens a regular file below a root. A pipe would be waited for.
func openRegular(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxArchive) {
		err = errNotRegular
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// readRegular reads a regular file below a root, such as a class. It is empty where it is larger than those are.
func readRegular(root *os.Root, name string) ([]byte, error) {
	f, info, err := openRegular(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > maxText {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(f, maxText))
}

// subRoot opens a folder below a root, and makes it.
func subRoot(root *os.Root, name string) (*os.Root, error) {
	if err := root.MkdirAll(name, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make %s: %w", name, err)
	}
	sub, err := root.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", name, err)
	}
	return sub, nil
}

// eachClass calls do for every class of an archive.
func eachClass(root *os.Root, name string, do func(class)) error {
	z, err := openZip(root, name)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if path.Ext(f.Name) != ".class" || strings.HasPrefix(f.Name, "META-INF/") {
			continue
		}
		data, err := readEntry(f, maxText)
		if err != nil {
			return fmt.Errorf("cannot read %s of %s: %w", language.Clip(f.Name), name, err)
		}
		if c, err := readClass(data); err == nil {
			do(c)
		}
	}
	return nil
}

// mainsOf are the classes of an archive with a main method.
func mainsOf(root *os.Root, name string) ([]string, error) {
	var all []string
	err := eachClass(root, name, func(c class) {
		if c.Main {
			all = append(all, strings.ReplaceAll(c.Name, "/", "."))
		}
	})
	return all, err
}
