package packages

import (
	"context"
)

// Identity implements Source, by the state and the settings of the archives; it is empty where a bundle stands for them.
func (a *Archive) Identity() (string, error) {
	if a.bundle != nil {
		return "", nil
	}
	return a.in.Identity()
}

// State implements Source: the archives' own indexes have the digest of each package.
func (a *Archive) State(*Package) (string, error) { return "", nil }

// Record reads what PutRecord has written into the cache; any error means that it is not there.
func (a *Archive) Record(kind, key string) ([]byte, error) { return a.store.Record(kind, key) }

// PutRecord writes a record into the cache, of a kind and under a key in hexadecimal.
func (a *Archive) PutRecord(kind, key string, record []byte) error {
	return a.store.PutRecord(kind, key, record)
}

// Fetched is the contents of a package that was asked for; nil of others.
func (a *Archive) Fetched(p *Package) *Contents { return a.queue.got(p) }

// Unlisted implements Source. Files that the cache has lost are unpacked anew when they are asked for.
func (a *Archive) Unlisted(ctx context.Context, p *Package) *Contents {
	c := &Contents{}
	c.readFrom(a.filesOf(ctx, p))
	return c
}

// WriteIndexes writes the indexes of packages into a directory for ArchiveOptions.Indexes, and returns how many there are.
func (a *Archive) WriteIndexes(dir string) (int, error) { return a.in.WriteIndexes(dir) }
