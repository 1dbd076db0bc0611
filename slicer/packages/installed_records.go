package packages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/internal/store"
)

// RecordsDir is where a build image may have records of its own packages, which WriteRecords makes with it: so that the first
// build of an app reads none of their files, as later ones do not that have a cache.
const RecordsDir = "usr/share/whittle/installed"

// IndexesDir is where a build image may have the indexes of the archive in the state that it was made from
// (ArchiveOptions.Indexes).
const IndexesDir = "usr/share/whittle/indexes"

// records are what is known of installed packages, by archive.Installed.State: a digest of the names, versions, sizes, times,
// modes and links of what dpkg has on record. A package in another state has another key. Their form is part of their kind
// (installedKind), so that those of an older whittle are passed over.
type records struct {
	dir  string
	ours bool // may be made and written

	opened bool
	store  *store.Store // nil where there are none that could be trusted
}

func (r *records) open() *store.Store {
	if r.opened {
		return r.store
	}
	r.opened = true
	if info, err := os.Stat(r.dir); r.ours || err == nil && info.IsDir() {
		r.store, _ = store.Open(r.dir) // what cannot be used is read anew
	}
	return r.store
}

func (r *records) close() {
	if r.store != nil {
		r.store.Close()
	}
}

// of is the package in the state of a key; nil if it is not on record, or damaged.
func (r *records) of(key string) *Contents {
	st := r.open()
	if st == nil {
		return nil
	}
	data, err := st.Record(installedKind, key)
	if err != nil {
		return nil
	}
	c, err := decodeListing(data)
	if err != nil {
		return nil
	}
	return c
}

// put records a package, where that can be done.
func (r *records) put(key string, c *Contents) {
	if st := r.open(); st != nil && r.ours {
		_ = st.PutRecord(installedKind, key, encodeListing(c)) // what cannot be kept is read again
	}
}

// WriteRecords records the packages of an architecture (and all) that are installed in a root, in its RecordsDir, and returns
// how many there are. One whose files are not those that dpkg has on record is left out: a build that wants it is told.
func WriteRecords(ctx context.Context, root, arch string) (int, error) {
	i, err := OpenInstalled(root, arch)
	if err != nil {
		return 0, err
	}
	defer i.Close()
	i.records = []records{{dir: filepath.Join(root, RecordsDir), ours: true}}
	if i.records[0].open() == nil {
		return 0, fmt.Errorf("cannot record the installed packages: cannot write to %s", i.records[0].dir)
	}
	written := 0
	for _, name := range i.in.Names() {
		if err := ctx.Err(); err != nil {
			return written, err
		}
		if _, err := i.contents(name); err == nil {
			written++
		}
	}
	if written == 0 {
		return 0, errors.New("cannot record the installed packages: none could be read")
	}
	return written, nil
}
