package text

import "slices"

// Nearest returns the candidate with the smallest edit distance to word, among equals the first; empty where there is no
// candidate.
func Nearest(word string, candidates []string) string {
	if len(candidates) == 0 {
		return ""
	}
	return slices.MinFunc(candidates, func(a, b string) int { return Distance(word, a) - Distance(word, b) })
}

// Near returns the nearest candidate where so little is misspelt that it may be meant: two letters, or a third of them.
func Near(word string, candidates []string) (string, bool) {
	nearest := Nearest(word, candidates)
	return nearest, nearest != "" && Distance(word, nearest) <= max(2, len(word)/3)
}
