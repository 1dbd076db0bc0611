package packages

import (
	"context"
	"iter"

	"whittle.dev/whittle/internal/archive"
)

// Names lists the names of all packages of the archive, sorted, each once.
func (a *Archive) Names() iter.Seq[string] { return a.in.Names() }

// FilesMatching calls fn for each file of the archive whose path (relative) matches, and each package that ships it,
// until fn returns false. Each path that matches begins with one of the prefixes; without any the archive's whole list of
// files is read, which takes a second. The first time there is a download. Match is called by several goroutines.
func (a *Archive) FilesMatching(ctx context.Context, prefixes []string, match func(path string) bool, fn func(Owner) bool) error {
	return a.in.FilesMatching(ctx, prefixes, match, func(o archive.Owner) bool { return fn(Owner(o)) })
}
