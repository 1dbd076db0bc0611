package packages

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"time"

	"whittle.dev/whittle/internal/archive"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/tree"
)

// unpackedDir is where a cache has the files of packages.
const unpackedDir = "unpacked"

// grownFile has a byte for each mebibyte by which the cache grew since it was pruned: appending needs no lock, and its
// length no reading.
const grownFile = "grown"

// PruneGrace is how long unpacked files stay that no record names. The largest packages take a minute to unpack; what is
// removed too early is unpacked again.
const PruneGrace = 5 * time.Minute

// Prune bounds a cache to max bytes: what was used longest ago goes, downloaded packages and indexes before unpacked
// files, because a cut of unpacked packages needs no others. Three quarters of the bytes may be unpacked files; those of
// the last minutes are kept beyond max. Other processes may use the cache meanwhile, and roots that share files with it
// keep them. Others are the kinds of records beside those of packages that keep files in the cache.
func Prune(dir string, max int64, others Records) error {
	return PruneAfter(dir, max, PruneGrace, others)
}

// Records are kinds of records in the store of unpacked packages, and how to read the files that one keeps.
type Records map[string]func(record []byte) ([]store.Blob, error)

// PruneAfter is Prune with a time of grace of its own: none for a cache that nobody else uses, and of which nothing
// is in use.
func PruneAfter(dir string, max int64, grace time.Duration, others Records) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		defer root.Close()
		err = pruneRoot(root, max, grace, others)
	}
	if err != nil {
		return fmt.Errorf("cannot prune the cache %s: %w", dir, err)
	}
	return nil
}

func pruneRoot(root *os.Root, max int64, grace time.Duration, others Records) error {
	if err := root.Remove(grownFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	files, err := root.OpenRoot(unpackedDir)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = archive.Prune(root, max)
		return err
	}
	if err != nil {
		return err
	}
	defer files.Close()
	unpacked, err := store.Usage(files)
	if err != nil {
		return err
	}
	packed, err := archive.Prune(root, max-min(unpacked, max/4*3))
	if err != nil || packed+unpacked <= max {
		return err
	}
	blobs := Records{listingKind: blobsOfPackage, installedKind: noBlobs}
	maps.Copy(blobs, others)
	return store.Prune(files, store.Pruning{Max: max - packed, Grace: grace, Blobs: blobs})
}

func blobsOfPackage(record []byte) ([]store.Blob, error) {
	c, err := decodeListing(record)
	if err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for _, e := range c.Entries {
		if e.Kind == tree.File {
			blobs = append(blobs, BlobOf(e))
		}
	}
	return blobs, nil
}

// noBlobs are the files of an installed package: they are where they are installed.
func noBlobs([]byte) ([]store.Blob, error) { return nil, nil }

// BlobOf is the file of the store that an entry of a package is.
func BlobOf(e Entry) store.Blob {
	return store.Blob{SHA256: e.SHA256, Size: e.Size, Mode: store.StoredMode(e.Mode)}
}

const mebibyte = 1 << 20

// CacheGrowth is by how many bytes, roughly, a cache grew since it was last pruned.
func CacheGrowth(dir string) int64 {
	info, err := os.Stat(dir + "/" + grownFile)
	if err != nil {
		return 0
	}
	return info.Size() * mebibyte
}

// noteGrowth adds to what CacheGrowth tells. A cache that cannot be written to did not grow.
func noteGrowth(dir string, bytes int64) {
	if bytes == 0 {
		return
	}
	f, err := os.OpenFile(dir+"/"+grownFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.Write(make([]byte, (bytes+mebibyte-1)/mebibyte))
}
