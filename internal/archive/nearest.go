package archive

import (
	"cmp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/text"
)

// maxAsked bounds the name whose likes are looked for: Debian's longest has
// some 70 bytes, and the work grows with the length.
const maxAsked = 128

// Nearest returns up to n names that resemble name, nearest first: by the
// number of typing errors, where a name that only goes on counts as two, as
// libvips for libvips42t64 does.
func (a *Archive) Nearest(name string, n int) []string {
	if len(name) > maxAsked {
		return nil
	}
	type near struct {
		name     string
		distance int
	}
	limit := 1 + len(name)/4
	var all []near
	for _, candidate := range a.allNames() {
		d := limit + 1
		if len(name) >= 3 && strings.HasPrefix(candidate, name) {
			d = 2
		} else if len(name) >= 4 && strings.HasSuffix(candidate, "-"+name) {
			d = 3
		}
		if diff := len(candidate) - len(name); diff <= limit && -diff <= limit {
			d = min(d, text.Distance(name, candidate))
		}
		if d <= limit || d <= 3 && strings.Contains(candidate, name) {
			all = append(all, near{candidate, d})
		}
	}
	slices.SortFunc(all, func(x, y near) int {
		return cmp.Or(cmp.Compare(x.distance, y.distance), cmp.Compare(len(x.name), len(y.name)), cmp.Compare(x.name, y.name))
	})
	names := make([]string, 0, n)
	for _, x := range all[:min(n, len(all))] {
		names = append(names, x.name)
	}
	return names
}
