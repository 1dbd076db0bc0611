package slicer

import (
	"context"
	"errors"

	"whittle.dev/whittle/internal/buildid"
	"whittle.dev/whittle/internal/compact"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
)

// cachedKind names the records of selections in the store. Their form needs no number: the build that wrote them is in
// their keys.
const cachedKind = "selection"

// SelectCached is Select with an archive as the only source, and with what was selected before read from its cache. A selection
// is cached under everything that it follows from: the want, the definitions, the state and the settings of the archive, and
// the build of this program. So a cut that was made before decides nothing anew.
//
// Basis answers a digest of the definitions, or whatever else identifies them within one build. They are read only if
// nothing is cached. A cache that cannot be read or written costs time and nothing else.
func SelectCached(ctx context.Context, a *packages.Archive, w Want, basis func() (string, error), definitions func() (*release.Release, error)) (*Selection, error) {
	key, err := keyOf(a, w, basis)
	if err != nil {
		return nil, err
	}
	if key != "" {
		if s, err := readCached(ctx, a, key); err == nil {
			return s, nil
		}
	}
	w.Sources = []packages.Source{a}
	if w.Release, err = definitions(); err != nil {
		return nil, err
	}
	s, err := Select(ctx, w)
	if err != nil {
		return nil, err
	}
	// Definitions that were edited while they were read are not those of the key.
	if again, err := keyOf(a, w, basis); err == nil && again == key && key != "" {
		_ = cacheSelection(a, key, s) // what cannot be cached is selected again
	}
	return s, nil
}

// keyOf is the key of a want's selection in the store; empty if it cannot be cached, because files of the machine have a say
// in it, or because a bundle stands for the archive.
func keyOf(a *packages.Archive, w Want, basis func() (string, error)) (string, error) {
	build := buildid.Of()
	if build == "" || len(w.Objects)+len(w.Scripts)+len(w.Opened) > 0 {
		return "", nil
	}
	definitions, err := basis()
	if err != nil {
		return "", err
	}
	archive, err := a.Identity()
	if err != nil || archive == "" {
		return "", err
	}
	return digestOf(build, definitions, archive, decidingOf(w))
}

// errNotCached says that a selection has something that no record has a place for.
var errNotCached = errors.New("the selection cannot be cached")

// cacheSelection records a selection.
func cacheSelection(a *packages.Archive, key string, s *Selection) error {
	from := map[*packages.Contents]int{}
	for i, p := range s.packages {
		if c := a.Fetched(p); c != nil {
			from[c] = i + 1
		}
	}
	r, err := recordSelection(s, from)
	if err != nil {
		return err
	}
	return a.PutRecord(cachedKind, key, compact.Marshal(*r))
}

// readCached reads a selection that was cached. Files that the store has lost since come back when they are asked for.
func readCached(ctx context.Context, a *packages.Archive, key string) (*Selection, error) {
	record, err := a.Record(cachedKind, key)
	if err != nil {
		return nil, err
	}
	var r selectionRecord
	if err := compact.Unmarshal(record, &r); err != nil {
		return nil, err
	}
	return r.selection(func(_ int, p *packages.Package) *packages.Contents { return a.Unlisted(ctx, p) })
}

// cachedRecords are the records that selections add to a cache.
var cachedRecords = packages.Records{cachedKind: blobsOfSelection}

func blobsOfSelection(record []byte) ([]store.Blob, error) {
	var r selectionRecord
	if err := compact.Unmarshal(record, &r); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for i, f := range r.Files {
		if f.Package != 0 && r.Manifest.Files[i].Kind == tree.File {
			blobs = append(blobs, packages.BlobOf(r.entry(i)))
		}
	}
	return blobs, nil
}

// Prune bounds a cache that has selections beside packages, as packages.Prune does.
func Prune(dir string, max int64) error { return packages.Prune(dir, max, cachedRecords) }

// PruneOwn is Prune for a cache that nobody else uses, and of which nothing is in use: nothing is spared for being young.
func PruneOwn(dir string, max int64) error { return packages.PruneAfter(dir, max, 0, cachedRecords) }
