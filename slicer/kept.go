package slicer

import (
	"context"
	"slices"

	"whittle.dev/whittle/internal/buildid"
	"whittle.dev/whittle/internal/compact"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// A Keep has the selection of the build before: one, with all that it followed from.
type Keep struct {
	Select      Selector                // for what was not selected before
	Kept        []byte                  // what was written; empty or anything else where nothing is kept
	Write       func(kept []byte) error // in place of that
	Definitions string                  // whatever identifies Want.Release within one build of this program
}

// SelectKept is k.Select, or what it selected before from the same: the want, the digests of the app's files, the definitions, the
// build of this program, and of each source that was asked the Identity, and the State of the packages that were looked into. Sources
// that were not asked then are not asked now. Nothing is kept of a want with files of the app that were not summed up, nor where a source that was
// asked has no Identity. What cannot be read or written costs time and nothing else.
func SelectKept(ctx context.Context, w Want, k Keep) (*Selection, error) {
	key, err := k.key(w)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return k.Select(ctx, w)
	}
	if s := k.read(ctx, key, w.Sources); s != nil {
		return s, nil
	}
	noted := make([]*notedSource, len(w.Sources))
	w.Sources = slices.Clone(w.Sources)
	for i, source := range w.Sources {
		noted[i] = &notedSource{Source: source, looked: map[*packages.Contents]*packages.Package{}}
		w.Sources[i] = noted[i]
	}
	s, err := k.Select(ctx, w)
	if err == nil {
		_ = k.write(key, s, noted) // what cannot be kept is selected again
	}
	return s, err
}

// key is the key of a want, but for what its sources answer; empty for one that is not kept.
func (k Keep) key(w Want) (string, error) {
	build := buildid.Of()
	unsummed := func(o Object) bool { return o.SHA256 == "" }
	if build == "" || slices.ContainsFunc(w.Objects, unsummed) || slices.ContainsFunc(w.Scripts, unsummed) {
		return "", nil
	}
	var names []string
	var read [][]manifest.Snapshot // what was read of archives before is told in the manifest
	for _, source := range w.Sources {
		names, read = append(names, source.Name()), append(read, source.Snapshots())
	}
	return digestOf(build, k.Definitions, names, read, decidingOf(w))
}

// keptSelection is what a Keep has in its file.
type keptSelection struct {
	Key       string
	Sources   []keptSource // parallel to those of the want
	From      []int        // parallel to the packages of the selection: the place among Sources
	Selection selectionRecord
}

// keptSource is what a selection relied on of a source.
type keptSource struct {
	Identity string // empty where it was not asked
	States   []packageState
}

// packageState is the state of a package that was looked into, where it has one.
type packageState struct {
	Package packages.Package
	State   string
}

// read is the selection that is kept under a key, if nothing has changed since; nil otherwise.
func (k Keep) read(ctx context.Context, key string, sources []packages.Source) *Selection {
	var kept keptSelection
	if compact.Unmarshal(k.Kept, &kept) != nil || kept.Key != key || len(kept.Sources) != len(sources) || len(kept.From) != len(kept.Selection.Packages) {
		return nil
	}
	for i, source := range sources {
		if !kept.Sources[i].holds(source) {
			return nil
		}
	}
	s, err := kept.Selection.selection(func(i int, p *packages.Package) *packages.Contents {
		from := kept.From[i]
		if from < 0 || from >= len(sources) {
			return nil // nothing was read of it
		}
		return sources[from].Unlisted(ctx, p)
	})
	if err != nil {
		return nil
	}
	return s
}

// holds tells whether a source is as it was.
func (k keptSource) holds(source packages.Source) bool {
	if k.Identity == "" {
		return true
	}
	if identity, err := source.Identity(); err != nil || identity != k.Identity {
		return false
	}
	for i := range k.States {
		p := &k.States[i]
		if state, err := source.State(&p.Package); err != nil || state != p.State {
			return false
		}
	}
	return true
}

// write keeps a selection, in place of the one of before.
func (k Keep) write(key string, s *Selection, sources []*notedSource) error {
	kept := keptSelection{Key: key}
	places, from := map[string]int{}, map[*packages.Contents]int{}
	for i, p := range s.packages {
		places[p.Name] = i + 1
		kept.From = append(kept.From, -1)
	}
	for n, source := range sources {
		relied, err := source.relied()
		if err != nil {
			return err
		}
		kept.Sources = append(kept.Sources, relied)
		for contents, p := range source.looked {
			if at := places[p.Name]; at > 0 && *s.packages[at-1] == *p {
				kept.From[at-1], from[contents] = n, at
			}
		}
	}
	record, err := recordSelection(s, from)
	if err != nil {
		return err
	}
	kept.Selection = *record
	return k.Write(compact.Marshal(kept))
}
