// Package text holds what says things to people: the nearest name to a misspelt one.
package text

import "slices"

// Nearest returns the candidate with the smallest edit distance to word, among equals the first; empty where there is no
// candidate.
func Nearest(word string, candidates []string) string {
	if len(candidates) == 0 {
		return ""
	}
	return slices.MinFunc(candidates, func(a, b string) int { return distance(word, a) - distance(word, b) })
}

// Near returns the nearest candidate where so little is misspelt that it may be meant: two letters, or a third of them.
func Near(word string, candidates []string) (string, bool) {
	nearest := Nearest(word, candidates)
	return nearest, nearest != "" && distance(word, nearest) <= max(2, len(word)/3)
}

// distance is Levenshtein's: the number of bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
