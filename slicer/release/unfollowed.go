package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Unfollowed says what a release asks of archives and no cut follows, because where packages come from is up to apt's sources: the
// archives to which named packages are pinned, and which of several archives comes first. Archives of Ubuntu Pro do not count: who
// has them has them among apt's sources. Each is "file:line: text", in the order of names.
func (r *Release) Unfollowed(names []string) []string {
	var all []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		if p := r.Package(name); p != nil && p.Archive != "" {
			all = append(all, fmt.Sprintf("%s:%d: archive %q is not followed: package %s comes from where the apt sources have it", p.Path, p.line, p.Archive, name))
		}
	}
	var plain []*Archive
	for _, name := range slices.Sorted(maps.Keys(r.Archives)) {
		if a := r.Archives[name]; a.Pro == "" {
			plain = append(plain, a)
		}
	}
	if len(plain) < 2 {
		return all
	}
	slices.SortStableFunc(plain, func(a, b *Archive) int { return b.Priority - a.Priority })
	var order []string
	for _, a := range plain {
		order = append(order, a.Name)
	}
	return append(all, fmt.Sprintf("chisel.yaml:%d: the order of archives (%s) is not followed: packages come from where the apt sources have them", plain[0].line, strings.Join(order, ", ")))
}

// Suites are the suites of the release's archives, sorted, without those of Ubuntu Pro.
func (r *Release) Suites() []string {
	var all []string
	for _, a := range r.Archives {
		if a.Pro == "" {
			all = append(all, a.Suites...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
