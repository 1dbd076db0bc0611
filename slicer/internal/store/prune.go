package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// graceTime is how long a file is kept that no record names: somebody may be unpacking the package that it is of.
const graceTime = time.Hour

// Usage is how many bytes the stored files in a directory have; none in a directory that does not exist.
func Usage(dir string) (int64, error) {
	var total int64
	err := eachFile(dir, func(_ string, _ fs.DirEntry, st *unix.Stat_t) error {
		total += st.Size
		return nil
	})
	return total, err
}

// Prune bounds a store: the records that were used longest ago go, until the files that the others name have at most max
// bytes, and then all files that no record names, and what killed processes left behind. Trees that share a file keep
// it. Blobs tells which files a record names; a record that it cannot read goes too. Other processes may use the store
// meanwhile: they unpack again what they miss.
func Prune(dir string, max int64, blobs func(kind string, record []byte) ([]Blob, error)) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot prune file store: %w", err)
	}
	defer root.Close()
	p := pruner{root: root, left: max, keep: map[string]bool{}, blobs: blobs}
	err = p.records()
	if err == nil {
		err = p.sweep(dir)
	}
	if err != nil {
		return fmt.Errorf("cannot prune file store %s: %w", dir, err)
	}
	return nil
}

type pruner struct {
	root  *os.Root
	left  int64           // bytes that may still be kept
	keep  map[string]bool // names of files
	blobs func(string, []byte) ([]Blob, error)
}

type record struct {
	kind, name string
	used       time.Time
}

// records removes the records that do not fit, beginning with the one used longest ago.
func (p *pruner) records() error {
	var all []record
	err := fs.WalkDir(p.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if name == filesDir {
			return fs.SkipDir
		}
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), tempPrefix) {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		kind, _, _ := strings.Cut(name, "/")
		all = append(all, record{kind, name, info.ModTime()})
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b record) int { return cmp.Or(b.used.Compare(a.used), cmp.Compare(a.name, b.name)) })
	for _, r := range all {
		if p.fits(r) {
			continue
		}
		p.left = 0 // older ones are not kept in its place
		if err := p.root.Remove(r.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// fits keeps the files of a record if there is room for them.
func (p *pruner) fits(r record) bool {
	data, err := p.root.ReadFile(r.name)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	blobs, err := p.blobs(r.kind, data)
	if err != nil {
		return false
	}
	fresh := map[string]int64{}
	var size int64
	for _, b := range blobs {
		if _, twice := fresh[b.name()]; !twice && !p.keep[b.name()] {
			fresh[b.name()] = b.Size
			size += b.Size
		}
	}
	if size > p.left {
		return false
	}
	p.left -= size
	for name := range fresh {
		p.keep[name] = true
	}
	return true
}

// sweep removes the files that no kept record names. One that was stored, linked or changed just now is left: its record
// may be about to be written.
func (p *pruner) sweep(dir string) error {
	return eachFile(dir, func(name string, d fs.DirEntry, st *unix.Stat_t) error {
		if p.keep[d.Name()] || time.Since(time.Unix(st.Ctim.Unix())) < graceTime {
			return nil
		}
		if err := p.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// eachFile calls fn with the stored and half-written files, by their names below dir.
func eachFile(dir string, fn func(name string, d fs.DirEntry, st *unix.Stat_t) error) error {
	return fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		inFiles := name == filesDir || strings.HasPrefix(name, filesDir+"/")
		if err != nil || d.IsDir() || !inFiles && !strings.HasPrefix(d.Name(), tempPrefix) {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path.Join(dir, name), &st); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return fmt.Errorf("%s: %w", name, err)
		}
		return fn(name, d, &st)
	})
}
