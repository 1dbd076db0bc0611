package slicer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/buildid"
	"whittle.dev/whittle/internal/compact"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
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
	key := struct {
		Build, Definitions, Archive, Release, Arch, Floor, ClosureLayer string
		Unprivileged                                                    bool
		Names, Sonames                                                  []Named
		Omit                                                            []Omit
	}{build, definitions, archive, w.ReleaseName, w.Arch, w.Floor.Digest(), w.ClosureLayer, w.Unprivileged, inOrder(w.Names), inOrder(w.Sonames), w.Omit}
	text, err := json.Marshal(key)
	if err != nil {
		return "", fmt.Errorf("cannot tell selections apart: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// inOrder sorts names, whose order makes no difference to a selection.
func inOrder(names []Named) []Named {
	return slices.SortedFunc(slices.Values(names), func(a, b Named) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
}

// cachedSelection is the record of a selection.
type cachedSelection struct {
	Manifest manifest.Manifest
	Files    []cachedFile // parallel to those of the manifest
	Packages []packages.Package
	Loader   []byte // see LoaderCache
}

// cachedFile is what a manifest does not tell of a file.
type cachedFile struct {
	MD5     string
	Content string          // of a file that was made, the bytes
	Package int             // where its bytes come from: the place in Packages from 1, or 0
	At      *packages.Entry // the entry of the package; nil where it is the file itself
}

// errNotCached says that a selection has something that no record has a place for.
var errNotCached = errors.New("the selection cannot be cached")

// cacheSelection records a selection.
func cacheSelection(a *packages.Archive, key string, s *Selection) error {
	loader, err := LoaderCache(s)
	if err != nil {
		return err
	}
	k := cachedSelection{Manifest: s.Manifest, Loader: loader}
	packages := map[*packages.Contents]int{}
	for i, p := range s.packages {
		if c := a.Fetched(p); c != nil {
			packages[c] = i + 1
		}
		k.Packages = append(k.Packages, *p)
	}
	for _, f := range s.files {
		file := cachedFile{MD5: f.MD5, Content: string(f.Body), Package: packages[f.From]}
		if f.From != nil && file.Package == 0 {
			return errNotCached
		}
		if file.Package != 0 && f.At != f.Itself() {
			file.At = &f.At
		}
		k.Files = append(k.Files, file)
	}
	return a.PutRecord(cachedKind, key, compact.Marshal(k))
}

// decode reads a record, and holds that its parts go together.
func (k *cachedSelection) decode(record []byte) error {
	if err := compact.Unmarshal(record, k); err != nil {
		return err
	}
	if len(k.Files) != len(k.Manifest.Files) {
		return compact.ErrDamaged
	}
	for _, f := range k.Files {
		if f.Package < 0 || f.Package > len(k.Packages) {
			return compact.ErrDamaged
		}
	}
	return nil
}

// entry is the entry of the package that a file's bytes come from.
func (k *cachedSelection) entry(i int) packages.Entry {
	if f := k.Files[i]; f.At != nil {
		return *f.At
	}
	f := plan.File{File: k.Manifest.Files[i], MD5: k.Files[i].MD5}
	return f.Itself()
}

// readCached reads a selection that was cached. Files that the store has lost since come back when they are asked for.
func readCached(ctx context.Context, a *packages.Archive, key string) (*Selection, error) {
	record, err := a.Record(cachedKind, key)
	if err != nil {
		return nil, err
	}
	var k cachedSelection
	if err := k.decode(record); err != nil {
		return nil, err
	}
	s := &Selection{Manifest: k.Manifest, loader: &k.Loader, files: make([]*plan.File, len(k.Files))}
	from := []*packages.Contents{nil}
	for i := range k.Packages {
		p := &k.Packages[i]
		s.packages = append(s.packages, p)
		from = append(from, a.Unlisted(ctx, p))
	}
	all := make([]plan.File, len(k.Files))
	for i, c := range k.Files {
		f := &all[i]
		f.File, f.MD5, f.From = k.Manifest.Files[i], c.MD5, from[c.Package]
		if f.From != nil {
			f.At = k.entry(i)
		} else {
			f.Body = []byte(c.Content)
		}
		s.files[i] = f
	}
	return s, nil
}

// cachedRecords are the records that selections add to a cache.
var cachedRecords = packages.Records{cachedKind: blobsOfSelection}

func blobsOfSelection(record []byte) ([]store.Blob, error) {
	var k cachedSelection
	if err := k.decode(record); err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for i, f := range k.Files {
		if f.Package != 0 && k.Manifest.Files[i].Kind == tree.File {
			blobs = append(blobs, packages.BlobOf(k.entry(i)))
		}
	}
	return blobs, nil
}

// Prune bounds a cache that has selections beside packages, as packages.Prune does.
func Prune(dir string, max int64) error { return packages.Prune(dir, max, cachedRecords) }

// PruneOwn is Prune for a cache that nobody else uses, and of which nothing is in use: nothing is spared for being young.
func PruneOwn(dir string, max int64) error { return packages.PruneAfter(dir, max, 0, cachedRecords) }
