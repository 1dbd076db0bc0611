package slicer

import (
	"whittle.dev/whittle/internal/compact"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// selectionRecord is a selection as it is cached, without the bytes of packages.
type selectionRecord struct {
	Manifest manifest.Manifest
	Files    []fileRecord // parallel to those of the manifest
	Packages []packages.Package
	Dropped  []string
	Loader   []byte // see LoaderCache
}

// fileRecord is what a manifest does not tell of a file.
type fileRecord struct {
	MD5     string
	Content string          // of a file that was made, the bytes
	Package int             // where its bytes come from: the place in Packages from 1, or 0
	At      *packages.Entry // the entry of the package; nil where it is the file itself
}

// recordSelection records a selection whose files come from packages at places of its list, from 1.
func recordSelection(s *Selection, from map[*packages.Contents]int) (*selectionRecord, error) {
	loader, err := LoaderCache(s)
	if err != nil {
		return nil, err
	}
	s.loader = &loader // nobody asks for it in vain again
	r := &selectionRecord{Manifest: s.Manifest, Loader: loader, Dropped: s.Dropped}
	for _, p := range s.packages {
		r.Packages = append(r.Packages, *p)
	}
	for _, f := range s.files {
		file := fileRecord{MD5: f.MD5, Content: string(f.Body), Package: from[f.From]}
		if f.From != nil && file.Package == 0 {
			return nil, errNotCached
		}
		if file.Package != 0 && f.At != f.Itself() {
			file.At = &f.At
		}
		r.Files = append(r.Files, file)
	}
	return r, nil
}

// check holds that the parts of a record go together.
func (r *selectionRecord) check() error {
	if len(r.Files) != len(r.Manifest.Files) {
		return compact.ErrDamaged
	}
	for _, f := range r.Files {
		if f.Package < 0 || f.Package > len(r.Packages) {
			return compact.ErrDamaged
		}
	}
	return nil
}

// entry is the entry of the package that a file's bytes come from.
func (r *selectionRecord) entry(i int) packages.Entry {
	if f := r.Files[i]; f.At != nil {
		return *f.At
	}
	f := plan.File{File: r.Manifest.Files[i], MD5: r.Files[i].MD5}
	return f.Itself()
}

// selection is the selection of the record, with the way to the bytes of the package at a place of its list that contents tells.
func (r *selectionRecord) selection(contents func(i int, p *packages.Package) *packages.Contents) (*Selection, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	s := &Selection{Manifest: r.Manifest, Dropped: r.Dropped, loader: &r.Loader, files: make([]*plan.File, len(r.Files))}
	from := []*packages.Contents{nil}
	for i := range r.Packages {
		p := &r.Packages[i]
		s.packages = append(s.packages, p)
		from = append(from, contents(i, p))
	}
	all := make([]plan.File, len(r.Files))
	for i, c := range r.Files {
		f := &all[i]
		f.File, f.MD5, f.From = r.Manifest.Files[i], c.MD5, from[c.Package]
		if f.From != nil {
			f.At = r.entry(i)
		} else {
			f.Body = []byte(c.Content)
		}
		s.files[i] = f
	}
	return s, nil
}
