// Package pairs goes through two lists side by side.
package pairs

import (
	"iter"
	"maps"
	"slices"
)

// Pair is what two lists hold under one key; one of the two may be nil.
type Pair[T any] struct{ Before, After *T }

// Of goes through two lists by key, in the order of keys. Of several elements with one key the last counts.
func Of[T any](before, after []T, key func(T) string) iter.Seq[Pair[T]] {
	byKey := map[string]Pair[T]{}
	for i := range before {
		byKey[key(before[i])] = Pair[T]{Before: &before[i]}
	}
	for i := range after {
		p := byKey[key(after[i])]
		p.After = &after[i]
		byKey[key(after[i])] = p
	}
	keys := slices.Sorted(maps.Keys(byKey))
	return func(yield func(Pair[T]) bool) {
		for _, k := range keys {
			if !yield(byKey[k]) {
				return
			}
		}
	}
}
