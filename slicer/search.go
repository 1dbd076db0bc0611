package slicer

import (
	"context"
	"iter"

	"whittle.dev/whittle/slicer/internal/archive"
)

// Names lists the names of all packages of the archive, sorted, each once.
func (a *Archive) Names() iter.Seq[string] { return a.in.Names() }

// FilesMatching calls fn for each file of the archive whose path (relative) matches, and each package that ships it,
// until fn returns false. It reads the archive's whole list of files, which takes seconds, and a download the first time;
// Owners looks for a base name.
func (a *Archive) FilesMatching(ctx context.Context, match func(path string) bool, fn func(Owner) bool) error {
	return a.in.FilesMatching(ctx, match, func(o archive.Owner) bool { return fn(Owner(o)) })
}
