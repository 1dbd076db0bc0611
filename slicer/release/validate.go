package release

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxProblems is how many problems of a release are told at once.
const maxProblems = 50

// Validate checks the slices of a release against each other: conflicting paths, preferences, required slices that
// are missing or require each other in a circle, archives that packages are pinned to. The error joins all problems
// found, sorted, and names both parties of each.
func (r *Release) Validate() error {
	var problems []string
	problems = append(problems, r.pinProblems()...)
	problems = append(problems, r.essentialProblems()...)
	problems = append(problems, r.conflicts()...)
	slices.Sort(problems)
	problems = slices.Compact(problems)
	var errs []error
	for _, p := range problems {
		errs = append(errs, errors.New(p))
	}
	return joined(errs)
}

// joined joins problems, as many as are told at once; nil for none.
func joined(problems []error) error {
	if more := len(problems) - maxProblems; more > 0 {
		problems = append(problems[:maxProblems:maxProblems], fmt.Errorf("and %d more problems", more))
	}
	return errors.Join(problems...)
}

// all returns all slices, sorted by package and name.
func (r *Release) all() []*Slice {
	var all []*Slice
	for _, name := range r.Names() {
		p := r.Package(name)
		for _, s := range slices.Sorted(maps.Keys(p.Slices)) {
			all = append(all, p.Slices[s])
		}
	}
	return all
}

func (r *Release) pinProblems() []string {
	var problems []string
	for _, name := range r.Names() {
		p := r.Package(name)
		if p.Archive != "" && r.Archives[p.Archive] == nil {
			problems = append(problems, fmt.Sprintf("package %s is pinned to archive %q, which is not defined (%s:%d)",
				p.Name, p.Archive, p.Path, p.line))
		}
	}
	return problems
}

// entry is one path of one slice.
type entry struct {
	slice *Slice
	info  PathInfo
}

func (e entry) at() string { return position(e.slice, e.info) }

func (e entry) isPattern() bool { return e.info.Kind == Glob || e.info.Kind == Generate }

// isExtracted tells whether the path is filled from the package, so that two packages never agree on it.
func (e entry) isExtracted() bool { return e.info.Kind == Glob || e.info.Kind == Copy }

// conflicts finds the paths that two slices define differently. Equal paths meet in a map, different ones by walking
// each pattern through a tree of path segments: comparing each pattern with each path takes minutes.
func (r *Release) conflicts() []string {
	paths := map[string][]entry{}
	for _, s := range r.all() {
		for path, info := range s.Contents {
			paths[path] = append(paths[path], entry{s, info})
		}
	}
	sorted := slices.Sorted(maps.Keys(paths))
	tree := newSegment("")
	var patterns []string
	for _, path := range sorted {
		tree.add(path)
		if slices.ContainsFunc(paths[path], entry.isPattern) {
			patterns = append(patterns, path)
		}
	}
	tree.sort()
	var problems []string
	for _, path := range sorted {
		problems = append(problems, r.samePath(path, paths[path])...)
	}
	for _, pattern := range patterns {
		for _, path := range tree.intersecting(pattern) {
			if path == pattern || path < pattern && slices.ContainsFunc(paths[path], entry.isPattern) {
				continue // each pair of patterns once
			}
			problems = append(problems, differentPaths(pattern, paths[pattern], path, paths[path])...)
		}
	}
	return problems
}

// samePath compares all slices that list one path.
func (r *Release) samePath(path string, entries []entry) []string {
	var problems []string
	preferences := slices.ContainsFunc(entries, func(e entry) bool { return e.info.Prefer != "" })
	if preferences {
		problems = r.preferProblems(path, entries)
	}
	for i, a := range entries {
		for _, b := range entries[:i] {
			if disjoint(a.info.Arch, b.info.Arch) {
				continue
			}
			samePackage := a.slice.Package == b.slice.Package
			if !samePackage && preferences {
				continue
			}
			if !a.info.same(b.info) || !samePackage && a.isExtracted() {
				problems = append(problems, fmt.Sprintf("slices %s and %s conflict on %s (%s, %s)",
					b.slice, a.slice, path, b.at(), a.at()))
			}
		}
	}
	return problems
}

func differentPaths(pattern string, entries []entry, path string, others []entry) []string {
	var problems []string
	for _, a := range entries {
		for _, b := range others {
			if !a.isPattern() && !b.isPattern() || disjoint(a.info.Arch, b.info.Arch) {
				continue
			}
			if a.slice.Package == b.slice.Package && a.isExtracted() && b.isExtracted() {
				continue
			}
			x, y, p, q := a, b, pattern, path
			if y.slice.String() < x.slice.String() {
				x, y, p, q = b, a, path, pattern
			}
			problems = append(problems, fmt.Sprintf("slices %s and %s conflict on %s and %s (%s, %s)",
				x.slice, y.slice, p, q, x.at(), y.at()))
		}
	}
	return problems
}
