package store

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Usage is how many bytes the files and records of a store have.
func Usage(root *os.Root) (int64, error) {
	var total int64
	err := eachFile(root, ".", func(_ string, info fs.FileInfo) error {
		total += info.Size()
		return nil
	})
	return total, err
}

// Pruning says what may stay in a store.
type Pruning struct {
	Max int64 // bytes of records and of the files that they name
	// Grace is how long a file is kept that no record names: somebody may be unpacking the package that it is of.
	Grace time.Duration
	// Blobs tells which files a record of a kind names. A record that it cannot read goes, and so do those of other kinds.
	Blobs map[string]func(record []byte) ([]Blob, error)
}

// Prune bounds a store: records that this version of the program does not know go, and those that were used longest ago,
// until the others and the files that they name have at most Max bytes; and then all files that no record names, and
// what killed processes left behind. Trees that share a file keep it. Other processes may use the store meanwhile: they
// unpack again what they miss.
func Prune(root *os.Root, rules Pruning) error {
	p := pruner{Pruning: rules, root: root, keep: map[string]bool{}}
	if err := p.strangers(); err != nil {
		return err
	}
	if err := p.records(); err != nil {
		return err
	}
	return p.sweep()
}

type pruner struct {
	Pruning
	root *os.Root
	keep map[string]bool // names of files
}

// strangers removes the directories of kinds that are not known.
func (p *pruner) strangers() error {
	kinds, err := fs.ReadDir(p.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, d := range kinds {
		if p.Blobs[d.Name()] == nil && d.Name() != filesDir && d.IsDir() {
			if err := p.root.RemoveAll(d.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

type record struct {
	kind, name string
	used       time.Time
}

// records removes the records that do not fit, beginning with the one used longest ago.
func (p *pruner) records() error {
	var all []record
	for kind := range p.Blobs {
		err := eachFile(p.root, kind, func(name string, info fs.FileInfo) error {
			if !strings.HasPrefix(info.Name(), tempPrefix) {
				all = append(all, record{kind, name, info.ModTime()})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	slices.SortFunc(all, func(a, b record) int { return cmp.Or(b.used.Compare(a.used), cmp.Compare(a.name, b.name)) })
	for _, r := range all {
		if p.fits(r) {
			continue
		}
		if err := p.root.Remove(r.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// fits keeps the files of a record if there is room for them. After one for which there was none no other is kept: it was
// used before.
func (p *pruner) fits(r record) bool {
	data, err := p.root.ReadFile(r.name)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	blobs, err := p.Blobs[r.kind](data)
	if err != nil {
		return false
	}
	fresh := map[string]bool{}
	size := int64(len(data))
	for _, b := range blobs {
		if name := b.name(); !fresh[name] && !p.keep[name] {
			fresh[name] = true
			size += b.Size
		}
	}
	if p.Max -= size; p.Max < 0 {
		p.Max = 0
		return false
	}
	maps.Copy(p.keep, fresh)
	return true
}

// abandoned is for how long nothing is written to a file when its writer must be dead.
const abandoned = 5 * time.Minute

// sweep removes the files that no kept record names, and half-written ones. Those that were written, linked or changed just
// now are left: their record may be about to be written.
func (p *pruner) sweep() error {
	return eachFile(p.root, ".", func(name string, info fs.FileInfo) error {
		grace := p.Grace
		switch {
		case strings.HasPrefix(info.Name(), tempPrefix):
			grace = abandoned
		case !strings.HasPrefix(name, filesDir+"/"), p.keep[info.Name()]:
			return nil
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok || time.Since(time.Unix(st.Ctim.Unix())) < grace {
			return nil
		}
		if err := p.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// eachFile calls fn with the files in a directory of the store, by their names in the store. What others remove meanwhile,
// or a directory that is not there, is passed over.
func eachFile(root *os.Root, dir string, fn func(name string, info fs.FileInfo) error) error {
	return fs.WalkDir(root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(name, info)
	})
}
