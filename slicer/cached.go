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
func SelectCached(ctx context.Context, a *Archive, w Want, basis func() (string, error), definitions func() (*Release, error)) (*Selection, error) {
	key, err := keyOf(a, w, basis)
	if err != nil {
		return nil, err
	}
	if key != "" {
		if s, err := readCached(ctx, a, key); err == nil {
			return s, nil
		}
	}
	w.Sources = []Source{a}
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
func keyOf(a *Archive, w Want, basis func() (string, error)) (string, error) {
	build := buildid.Of()
	if build == "" || len(w.Objects)+len(w.Scripts) > 0 {
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
		Build, Definitions, Archive, Arch, Floor, ClosureLayer string
		Names, Sonames                                         []Named
	}{build, definitions, archive, w.Arch, w.Floor.Digest(), w.ClosureLayer, inOrder(w.Names), inOrder(w.Sonames)}
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
	Manifest Manifest
	Files    []cachedFile // parallel to those of the manifest
	Packages []Package
	Loader   []byte // see LoaderCache
}

// cachedFile is what a manifest does not tell of a file.
type cachedFile struct {
	MD5     string
	Content string // of a file that was made, the bytes
	Package int    // where its bytes come from: the place in Packages from 1, or 0
	At      *Entry // the entry of the package; nil where it is the file itself
}

// errNotCached says that a selection has something that no record has a place for.
var errNotCached = errors.New("the selection cannot be cached")

// cacheSelection records a selection.
func cacheSelection(a *Archive, key string, s *Selection) error {
	loader, err := LoaderCache(s)
	if err != nil {
		return err
	}
	k := cachedSelection{Manifest: s.Manifest, Loader: loader}
	packages := map[*Contents]int{}
	for i, p := range s.packages {
		if c := a.Fetched(p.SHA256); c != nil {
			packages[c] = i + 1
		}
		k.Packages = append(k.Packages, *p)
	}
	for _, f := range s.files {
		file := cachedFile{MD5: f.md5, Content: string(f.body), Package: packages[f.from]}
		if f.from != nil && file.Package == 0 {
			return errNotCached
		}
		if file.Package != 0 && f.at != f.itself() {
			file.At = &f.at
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
func (k *cachedSelection) entry(i int) Entry {
	if f := k.Files[i]; f.At != nil {
		return *f.At
	}
	f := planned{ManifestFile: k.Manifest.Files[i], md5: k.Files[i].MD5}
	return f.itself()
}

// readCached reads a selection that was cached. Files that the store has lost since come back when they are asked for.
func readCached(ctx context.Context, a *Archive, key string) (*Selection, error) {
	record, err := a.Record(cachedKind, key)
	if err != nil {
		return nil, err
	}
	var k cachedSelection
	if err := k.decode(record); err != nil {
		return nil, err
	}
	s := &Selection{Manifest: k.Manifest, loader: &k.Loader, files: make([]*planned, len(k.Files))}
	from := []*Contents{nil}
	for i := range k.Packages {
		p := &k.Packages[i]
		s.packages = append(s.packages, p)
		from = append(from, a.Unlisted(ctx, p))
	}
	all := make([]planned, len(k.Files))
	for i, kept := range k.Files {
		f := &all[i]
		f.ManifestFile, f.md5, f.from = k.Manifest.Files[i], kept.MD5, from[kept.Package]
		if f.from != nil {
			f.at = k.entry(i)
		} else {
			f.body = []byte(kept.Content)
		}
		s.files[i] = f
	}
	return s, nil
}

// itself is the entry that a planned file has in its package unless something was done to it.
func (f *planned) itself() Entry {
	e := Entry{Path: f.Path, Kind: f.Kind, Size: f.Size, SHA256: f.SHA256, MD5: f.md5, Link: f.Link}
	e.Mode, _ = f.mode()
	return e
}

// cachedRecords are the records that selections add to a cache.
var cachedRecords = Records{cachedKind: blobsOfSelection}

func blobsOfSelection(record []byte) ([]store.Blob, error) {
	var k cachedSelection
	if err := k.decode(record); err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for i, f := range k.Files {
		if f.Package != 0 && k.Manifest.Files[i].Kind == File {
			blobs = append(blobs, BlobOf(k.entry(i)))
		}
	}
	return blobs, nil
}

// Prune bounds a cache that has selections beside packages, as [PruneCache] does.
func Prune(dir string, max int64) error { return PruneCache(dir, max, cachedRecords) }

// PruneOwn is Prune for a cache that nobody else uses, and of which nothing is in use: nothing is spared for being young.
func PruneOwn(dir string, max int64) error { return PruneCacheAfter(dir, max, 0, cachedRecords) }
