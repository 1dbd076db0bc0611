package slicer

import (
	"iter"
	"maps"
	"slices"
)

// pair is what two lists hold under one key; one of the two may be nil.
type pair[T any] struct{ before, after *T }

// pairs goes through two lists by key, in the order of keys. Of several elements with one key the last counts.
func pairs[T any](before, after []T, key func(T) string) iter.Seq[pair[T]] {
	byKey := map[string]pair[T]{}
	for i := range before {
		byKey[key(before[i])] = pair[T]{before: &before[i]}
	}
	for i := range after {
		p := byKey[key(after[i])]
		p.after = &after[i]
		byKey[key(after[i])] = p
	}
	keys := slices.Sorted(maps.Keys(byKey))
	return func(yield func(pair[T]) bool) {
		for _, k := range keys {
			if !yield(byKey[k]) {
				return
			}
		}
	}
}
