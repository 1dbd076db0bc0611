package archive

import (
	"cmp"
	"slices"
	"strings"
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
			d = min(d, typos(name, candidate))
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

// typos is the distance of Damerau and Levenshtein in its simple form: inserted,
// dropped, changed and swapped bytes.
func typos(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
