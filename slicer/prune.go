package slicer

import (
	"errors"
	"fmt"
	"path/filepath"

	"whittle.dev/whittle/slicer/internal/archive"
	"whittle.dev/whittle/slicer/internal/store"
)

// unpackedDir is where a cache has the files of packages.
const unpackedDir = "unpacked"

// PruneCache bounds a cache to max bytes: what was used longest ago goes, downloaded packages and indexes before unpacked
// files, because a cut of unpacked packages needs no others. Three quarters of the bytes may be unpacked files. Other
// processes may use the cache meanwhile, and roots that share files with it keep them.
func PruneCache(dir string, max int64) error {
	packed, err := archive.Usage(dir)
	if err != nil {
		return err
	}
	files := filepath.Join(dir, unpackedDir)
	unpacked, err := store.Usage(files)
	if err != nil {
		return fmt.Errorf("cannot prune the cache %s: %w", dir, err)
	}
	if packed+unpacked <= max {
		return nil
	}
	if err := archive.Prune(dir, max-min(unpacked, max/4*3)); err != nil {
		return err
	}
	if packed, err = archive.Usage(dir); err != nil {
		return err
	}
	return store.Prune(files, max-packed, blobsOf)
}

// blobsOf lists the files that the record of a package or of a selection names. The records of older versions of whittle
// name none.
func blobsOf(kind string, record []byte) ([]store.Blob, error) {
	switch kind {
	case listingKind:
		return blobsOfPackage(record)
	case keptKind:
		return blobsOfSelection(record)
	}
	return nil, errors.New("the record has an old form")
}

func blobsOfPackage(record []byte) ([]store.Blob, error) {
	c, err := decodeListing(record)
	if err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for _, e := range c.Entries {
		if e.Kind == File {
			blobs = append(blobs, blobOf(e))
		}
	}
	return blobs, nil
}

func blobsOfSelection(record []byte) ([]store.Blob, error) {
	var k keptSelection
	if err := k.decode(record); err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for i, f := range k.Files {
		if f.Package != 0 && k.Manifest.Files[i].Kind == File.String() {
			blobs = append(blobs, blobOf(k.entry(i)))
		}
	}
	return blobs, nil
}

func blobOf(e Entry) store.Blob {
	return store.Blob{SHA256: e.SHA256, Size: e.Size, Mode: store.StoredMode(e.Mode)}
}
