package slicer

import (
	"context"
	"iter"

	"whittle.dev/whittle/internal/archive"
	"whittle.dev/whittle/internal/debian"
)

// Names lists the names of all packages of the archive, sorted, each once.
func (a *Archive) Names() iter.Seq[string] { return a.in.Names() }

// FilesMatching calls fn for each file of the archive whose path (relative) matches, and each package that ships it,
// until fn returns false. Each path that matches begins with one of the prefixes; without any the archive's whole list of
// files is read, which takes a second. The first time there is a download. Match is called by several goroutines.
func (a *Archive) FilesMatching(ctx context.Context, prefixes []string, match func(path string) bool, fn func(Owner) bool) error {
	return a.in.FilesMatching(ctx, prefixes, match, func(o archive.Owner) bool { return fn(Owner(o)) })
}

// SliceFor names the slice that brings an entry of a package: of the definitions' slices that list it the one with the
// fewest paths, else the derived one. It is empty for what no slice has, such as manual pages.
func SliceFor(r *Release, pkg *Package, e Entry, arch string) string {
	if r != nil && r.Package(pkg.Name) != nil {
		best, paths := "", 0
		for name, s := range r.Package(pkg.Name).Slices {
			if len(s.Matcher(arch).Wants("/"+e.Path)) == 0 {
				continue
			}
			if n := len(s.Contents); best == "" || n < paths || n == paths && name < best {
				best, paths = name, n
			}
		}
		if best != "" {
			return pkg.Name + "_" + best
		}
	}
	if class := pkg.Class(e, debian.Triplet(arch)); class.isDerived() {
		return class.Slice(pkg.Name)
	}
	return ""
}
