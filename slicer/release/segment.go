package release

import (
	"slices"
	"strings"
)

// segment is a node of the tree of paths; its children are the parts between slashes.
type segment struct {
	name    string
	tokens  []token
	literal map[string]*segment
	wild    map[string]*segment   // parts with wildcards
	wilds   []*segment            // the same, sorted by name once the tree is complete
	groups  map[string][]*segment // the same by what stands before the first wildcard
	paths   []fullPath            // the paths that end here
}

type fullPath struct {
	path   string
	tokens []token
}

func newSegment(name string) *segment {
	return &segment{
		name: name, tokens: compile(name), literal: map[string]*segment{}, wild: map[string]*segment{},
		groups: map[string][]*segment{},
	}
}

func (s *segment) add(path string) {
	node := s
	for part := range strings.SplitSeq(path, "/") {
		isWild := strings.ContainsAny(part, "*?")
		children := node.literal
		if isWild {
			children = node.wild
		}
		next := children[part]
		if next == nil {
			next = newSegment(part)
			children[part] = next
			if isWild {
				prefix := beforeWildcard(part)
				node.wilds = append(node.wilds, next)
				node.groups[prefix] = append(node.groups[prefix], next)
			}
		}
		node = next
	}
	node.paths = append(node.paths, fullPath{path, compile(path)})
}

func beforeWildcard(part string) string { return part[:strings.IndexAny(part+"*", "*?")] }

// sort makes the tree ready for intersecting.
func (s *segment) sort() {
	slices.SortFunc(s.wilds, func(a, b *segment) int { return strings.Compare(a.name, b.name) })
	for _, next := range s.literal {
		next.sort()
	}
	for _, next := range s.wilds {
		next.sort()
	}
}

// candidates calls f for the children with wildcards that can intersect the part: one of the two beginnings before
// the wildcards must be a beginning of the other. Trying all of them takes seconds in a large release.
func (s *segment) candidates(part string, f func(*segment)) {
	prefix := beforeWildcard(part)
	for n := range len(prefix) {
		for _, next := range s.groups[prefix[:n]] {
			f(next)
		}
	}
	at, _ := slices.BinarySearchFunc(s.wilds, prefix, func(n *segment, p string) int { return strings.Compare(n.name, p) })
	for _, next := range s.wilds[at:] {
		if !strings.HasPrefix(next.name, prefix) {
			break
		}
		f(next)
	}
}

// intersecting returns the paths that some path matched by the pattern is or matches, sorted.
func (s *segment) intersecting(pattern string) []string {
	w := walk{whole: compile(pattern)}
	for part := range strings.SplitSeq(pattern, "/") {
		w.parts = append(w.parts, newSegment(part))
	}
	w.from(s, w.parts)
	slices.Sort(w.found)
	return slices.Compact(w.found)
}

type walk struct {
	whole []token
	parts []*segment
	found []string
}

func (s *segment) isTree() bool { return slices.Contains(s.tokens, anyTree) }

func (w *walk) from(node *segment, rest []*segment) {
	if len(rest) == 0 {
		for _, p := range node.paths {
			w.found = append(w.found, p.path)
		}
		return
	}
	part := rest[0]
	if part.isTree() {
		w.below(node)
		return
	}
	node.candidates(part.name, func(next *segment) {
		if next.isTree() {
			w.below(next)
		} else if intersects(part.tokens, next.tokens) {
			w.from(next, rest[1:])
		}
	})
	if !strings.ContainsAny(part.name, "*?") {
		if next := node.literal[part.name]; next != nil {
			w.from(next, rest[1:])
		}
		return
	}
	for _, next := range node.literal {
		if intersects(part.tokens, next.tokens) {
			w.from(next, rest[1:])
		}
	}
}

// below compares the whole pattern with each path below the node: "**" may span any number of segments.
func (w *walk) below(node *segment) {
	for _, p := range node.paths {
		if intersects(w.whole, p.tokens) {
			w.found = append(w.found, p.path)
		}
	}
	for _, next := range node.literal {
		w.below(next)
	}
	for _, next := range node.wilds {
		w.below(next)
	}
}
