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
)

// keptKind names the records of selections in the store. Their form needs no number: the build that wrote them is in
// their keys.
const keptKind = "selection"

// SelectKept is Select with the archive as the only source, and with what was selected before read from the cache, where it
// is kept under everything that it follows from: the want, the definitions, the state and the settings of the archive, and
// the build of this program. So a cut that was made before decides nothing anew.
//
// Basis answers a digest of the definitions, or whatever else identifies them within one build. They are read only if
// nothing is kept. The cache is a hint: what cannot be read or written costs time and nothing else.
func (a *Archive) SelectKept(ctx context.Context, w Want, basis func() (string, error), definitions func() (*Release, error)) (*Selection, error) {
	key, err := a.keyOf(w, basis)
	if err != nil {
		return nil, err
	}
	if key != "" {
		if s, err := a.keptSelection(ctx, key); err == nil {
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
	if again, err := a.keyOf(w, basis); err == nil && again == key && key != "" {
		_ = a.keep(key, s) // what cannot be kept is selected again
	}
	return s, nil
}

// keyOf is the key of a want's selection in the store; empty if it cannot be kept, because files of the machine have a say
// in it, or because a bundle stands for the archive.
func (a *Archive) keyOf(w Want, basis func() (string, error)) (string, error) {
	build := buildid.Of()
	if a.bundle != nil || build == "" || len(w.Objects)+len(w.Scripts) > 0 {
		return "", nil
	}
	definitions, err := basis()
	if err != nil {
		return "", err
	}
	archive, err := a.in.Identity()
	if err != nil {
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

// keptSelection is the record of a selection.
type keptSelection struct {
	Manifest Manifest
	Files    []keptFile // parallel to those of the manifest
	Packages []Package
	Loader   []byte // see LoaderCache
}

// keptFile is what a manifest does not tell of a file.
type keptFile struct {
	MD5     string
	Content string // of a file that was made, the bytes
	Package int    // where its bytes come from: the place in Packages from 1, or 0
	At      *Entry // the entry of the package; nil where it is the file itself
}

// errNotKept says that a selection has something that no record has a place for.
var errNotKept = errors.New("the selection cannot be kept")

// keep records a selection.
func (a *Archive) keep(key string, s *Selection) error {
	loader, err := LoaderCache(s)
	if err != nil {
		return err
	}
	k := keptSelection{Manifest: s.Manifest, Loader: loader}
	packages := map[*Contents]int{}
	for i, p := range s.packages {
		if c := a.getting.got(p.SHA256); c != nil {
			packages[c] = i + 1
		}
		k.Packages = append(k.Packages, *p)
	}
	for _, f := range s.files {
		file := keptFile{MD5: f.md5, Content: string(f.body), Package: packages[f.from]}
		if f.from != nil && file.Package == 0 {
			return errNotKept
		}
		if file.Package != 0 && f.at != f.itself() {
			file.At = &f.at
		}
		k.Files = append(k.Files, file)
	}
	return a.store.PutRecord(keptKind, key, compact.Marshal(k))
}

// decode reads a record, and holds that its parts go together.
func (k *keptSelection) decode(record []byte) error {
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
func (k *keptSelection) entry(i int) Entry {
	if f := k.Files[i]; f.At != nil {
		return *f.At
	}
	f := planned{ManifestFile: k.Manifest.Files[i], md5: k.Files[i].MD5}
	return f.itself()
}

// keptSelection reads a selection that was kept. Files that the store has lost since come back when they are asked for.
func (a *Archive) keptSelection(ctx context.Context, key string) (*Selection, error) {
	record, err := a.store.Record(keptKind, key)
	if err != nil {
		return nil, err
	}
	var k keptSelection
	if err := k.decode(record); err != nil {
		return nil, err
	}
	s := &Selection{Manifest: k.Manifest, loader: &k.Loader, files: make([]*planned, len(k.Files))}
	from := []*Contents{nil}
	for i := range k.Packages {
		p := &k.Packages[i]
		s.packages = append(s.packages, p)
		from = append(from, a.unlisted(ctx, p))
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

// unlisted is a package whose entries nobody asks for: only the way to their bytes.
func (a *Archive) unlisted(ctx context.Context, p *Package) *Contents {
	c := &Contents{}
	c.readFrom(&unpacked{store: a.store, again: a.anew(ctx, p)})
	return c
}

// itself is the entry that a planned file has in its package unless something was done to it.
func (f *planned) itself() Entry {
	e := Entry{Path: f.Path, Size: f.Size, SHA256: f.SHA256, MD5: f.md5, Link: f.Link}
	for _, k := range []Kind{File, Directory, Symlink} {
		if k.String() == f.Kind {
			e.Kind = k
		}
	}
	e.Mode, _ = f.mode()
	return e
}
