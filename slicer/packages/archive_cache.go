package packages

import (
	"context"
)

// Identity is a digest of the state and the settings of the archives, by which what follows from them can be cached; empty
// where a bundle stands for them.
func (a *Archive) Identity() (string, error) {
	if a.bundle != nil {
		return "", nil
	}
	return a.in.Identity()
}

// Record reads what PutRecord has written into the cache; any error means that it is not there.
func (a *Archive) Record(kind, key string) ([]byte, error) { return a.store.Record(kind, key) }

// PutRecord writes a record into the cache, of a kind and under a key in hexadecimal.
func (a *Archive) PutRecord(kind, key string, record []byte) error {
	return a.store.PutRecord(kind, key, record)
}

// Fetched is the contents of a package that was asked for; nil of others.
func (a *Archive) Fetched(p *Package) *Contents { return a.queue.got(p) }

// Unlisted is the contents of a package of which nobody asks for the entries: only the way to their bytes. Files that the
// cache has lost are unpacked anew when they are asked for.
func (a *Archive) Unlisted(ctx context.Context, p *Package) *Contents {
	c := &Contents{}
	c.readFrom(a.filesOf(ctx, p))
	return c
}

// WriteIndexes writes the indexes of packages into a directory for ArchiveOptions.Indexes, and returns how many there are.
func (a *Archive) WriteIndexes(dir string) (int, error) { return a.in.WriteIndexes(dir) }
