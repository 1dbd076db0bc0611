package release

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/text"
)

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Slice, b.Slice))
}

// slice returns the slice with that key, nil if there is none.
func (r *Release) slice(k Key) *Slice {
	if p := r.Package(k.Package); p != nil {
		return p.Slices[k.Slice]
	}
	return nil
}

// Select returns the slices with all that they require on an architecture, a required slice before those that require
// it and otherwise by name, so that the order of the request does not matter.
func (r *Release) Select(keys []Key, arch string) ([]*Slice, error) {
	for _, k := range keys {
		if r.slice(k) == nil {
			return nil, r.missing(k)
		}
	}
	order, err := r.sort(keys, func(e Essential) bool { return onArch(e.Arch, arch) })
	if err != nil {
		return nil, err
	}
	for _, s := range order {
		for _, path := range slices.Sorted(maps.Keys(s.Contents)) {
			if p := s.Contents[path]; p.Kind == Generate && p.Info != "manifest" {
				return nil, fmt.Errorf("cannot select %s: %s wants unknown generated content %q (%s)", s, path, p.Info, position(s, p))
			}
		}
	}
	return order, nil
}

// sort returns the slices and those they require, required ones first.
func (r *Release) sort(keys []Key, counts func(Essential) bool) ([]*Slice, error) {
	var order []*Slice
	done := map[Key]bool{}
	var open []Key
	var visit func(k Key, by *Slice) error
	visit = func(k Key, by *Slice) error {
		if done[k] {
			return nil
		}
		if at := slices.Index(open, k); at >= 0 {
			return loopError(open[at:])
		}
		s := r.slice(k)
		if s == nil {
			return fmt.Errorf("%s requires %s, but slice is missing (%s:%d)", by, k, by.File, by.Essential[k].Line)
		}
		open = append(open, k)
		for _, next := range slices.SortedFunc(maps.Keys(s.Essential), compareKeys) {
			if !counts(s.Essential[next]) {
				continue
			}
			if err := visit(next, s); err != nil {
				return err
			}
		}
		open = open[:len(open)-1]
		done[k] = true
		order = append(order, s)
		return nil
	}
	for _, k := range slices.SortedFunc(slices.Values(keys), compareKeys) {
		if err := visit(k, nil); err != nil {
			return nil, err
		}
	}
	return order, nil
}

func loopError(loop []Key) error {
	names := make([]string, len(loop))
	for i, k := range loop {
		names[i] = k.String()
	}
	slices.Sort(names)
	return fmt.Errorf("essential loop detected: %s", strings.Join(names, ", "))
}

// essentialProblems finds required slices that are missing, and loops. Conditions on architectures don't count here:
// a loop is an error even where they make it impossible.
func (r *Release) essentialProblems() []string {
	var problems []string
	for _, s := range r.all() {
		for k, e := range s.Essential {
			if r.slice(k) == nil {
				problems = append(problems, fmt.Sprintf("%s requires %s, but slice is missing (%s:%d)", s, k, s.File, e.Line))
			}
		}
	}
	if len(problems) > 0 {
		return problems
	}
	for _, loop := range r.loops() {
		first := r.slice(loop[0])
		problems = append(problems, fmt.Sprintf("%v (%s:%d)", loopError(loop), first.File, first.Line))
	}
	return problems
}

// loops returns the groups of slices that require each other in a circle, sorted (Tarjan's algorithm).
func (r *Release) loops() [][]Key {
	var loops [][]Key
	index, low := map[Key]int{}, map[Key]int{}
	var stack []Key
	onStack := map[Key]bool{}
	var visit func(k Key)
	visit = func(k Key) {
		index[k] = len(index) + 1
		low[k] = index[k]
		stack = append(stack, k)
		onStack[k] = true
		for next := range r.slice(k).Essential {
			if index[next] == 0 {
				visit(next)
				low[k] = min(low[k], low[next])
			} else if onStack[next] {
				low[k] = min(low[k], index[next])
			}
		}
		if low[k] != index[k] {
			return
		}
		at := slices.Index(stack, k)
		group := slices.SortedFunc(slices.Values(stack[at:]), compareKeys)
		stack = stack[:at]
		for _, member := range group {
			onStack[member] = false
		}
		if len(group) > 1 {
			loops = append(loops, group)
		}
	}
	for _, s := range r.all() {
		if index[s.Key()] == 0 {
			visit(s.Key())
		}
	}
	return loops
}

// ErrNoSlice is wrapped by errors about a slice that a release does not have.
var ErrNoSlice = errors.New("no such slice")

// noSlice is such an error, whose text says it in its own words.
type noSlice string

// NoSlice is an error about a slice that is not there.
func NoSlice(format string, args ...any) error { return noSlice(fmt.Sprintf(format, args...)) }

func (e noSlice) Error() string { return string(e) }

func (noSlice) Is(target error) bool { return target == ErrNoSlice }

// missing is the error for a slice that the release does not have; it tells the nearest names.
func (r *Release) missing(k Key) error {
	if p := r.Package(k.Package); p != nil {
		return NoSlice("cannot select %s: package %s has no such slice, only %s (%s)", k, p.Name,
			strings.Join(slices.Sorted(maps.Keys(p.Slices)), ", "), p.Path)
	}
	if near := nearest(k.Package, r.Names()); len(near) > 0 {
		return NoSlice("cannot select %s: no definition of package %s; near it: %s", k, k.Package, strings.Join(near, ", "))
	}
	return NoSlice("cannot select %s: no definition of package %s", k, k.Package)
}

// nearest returns up to three names that are at most a third of the name's length away, nearest first.
func nearest(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, n := range names {
		if d := text.Distance(name, n); d <= max(1, len(name)/3) {
			near = append(near, candidate{n, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var best []string
	for _, c := range near[:min(3, len(near))] {
		best = append(best, c.name)
	}
	return best
}
