package compiled

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// cache writes mime.cache, version 1.2: the whole database as tables of offsets and big-endian 32-bit numbers, to be
// mapped into memory. The order of strings, which shared-mime-info leaves to chance, is alphabetical.
func (db *mimeDatabase) cache() []byte {
	w := &mimeWriter{data: make([]byte, 44), strings: map[string]uint32{}}
	for _, s := range slices.Sorted(maps.Keys(db.strings())) {
		w.strings[s] = uint32(len(w.data))
		w.data = pad(append(append(w.data, s...), 0), 4)
	}
	binary.BigEndian.PutUint16(w.data, 1)
	binary.BigEndian.PutUint16(w.data[2:], 2)
	for i, section := range []func(){
		func() { w.pairs(db.aliases) },
		func() { w.parents(db.parents) },
		func() { w.globs(db.globsOf(literalGlob)) },
		func() { w.suffixes(db.globsOf(suffixGlob)) },
		func() { w.globs(db.globsOf(fullGlob)) },
		func() { w.magic(db.magic) },
		func() { w.namespaces(db.namespaces) },
		func() { w.pairs(db.icons) },
		func() { w.pairs(db.genericIcons) },
		func() { w.list(slices.Sorted(maps.Keys(db.types))) },
	} {
		binary.BigEndian.PutUint32(w.data[4+4*i:], uint32(len(w.data)))
		section()
	}
	return w.data
}

// strings are all strings that the cache refers to.
func (db *mimeDatabase) strings() map[string]bool {
	all := map[string]bool{}
	for t := range db.types {
		all[t] = true
	}
	for _, m := range []map[string]string{db.aliases, db.icons, db.genericIcons} {
		for k, v := range m {
			all[k], all[v] = true, true
		}
	}
	for k, parents := range db.parents {
		all[k] = true
		for _, p := range parents {
			all[p] = true
		}
	}
	for pattern := range db.globs {
		if globKind(pattern) != suffixGlob {
			all[pattern] = true
		}
	}
	for k := range db.namespaces {
		ns, name, _ := strings.Cut(k, " ")
		all[ns], all[name] = true, true
	}
	return all
}

const (
	literalGlob = iota
	suffixGlob  // "*" and then literal text
	fullGlob
)

func globKind(pattern string) int {
	rest, star := strings.CutPrefix(pattern, "*")
	switch {
	case strings.ContainsAny(rest, `*?[\`):
		return fullGlob
	case star:
		return suffixGlob
	default:
		return literalGlob
	}
}

// globsOf lists the patterns of a kind, sorted; those of one pattern stay in their order.
func (db *mimeDatabase) globsOf(kind int) []mimeGlob {
	var all []mimeGlob
	for _, pattern := range slices.Sorted(maps.Keys(db.globs)) {
		if globKind(pattern) == kind {
			all = append(all, db.globs[pattern]...)
		}
	}
	return all
}

type mimeWriter struct {
	data    []byte
	strings map[string]uint32
}

func (w *mimeWriter) put(numbers ...uint32) {
	for _, n := range numbers {
		w.data = binary.BigEndian.AppendUint32(w.data, n)
	}
}

func (w *mimeWriter) pairs(m map[string]string) {
	w.put(uint32(len(m)))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		w.put(w.strings[k], w.strings[m[k]])
	}
}

func (w *mimeWriter) list(names []string) {
	w.put(uint32(len(names)))
	for _, n := range names {
		w.put(w.strings[n])
	}
}

func (w *mimeWriter) parents(m map[string][]string) {
	names := slices.Sorted(maps.Keys(m))
	at := uint32(len(w.data) + 4 + 8*len(names))
	w.put(uint32(len(names)))
	for _, n := range names {
		w.put(w.strings[n], at)
		at += uint32(4 + 4*len(m[n]))
	}
	for _, n := range names {
		w.list(m[n])
	}
}

func (w *mimeWriter) namespaces(m map[string]string) {
	w.put(uint32(len(m)))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		ns, name, _ := strings.Cut(k, " ")
		w.put(w.strings[ns], w.strings[name], w.strings[m[k]])
	}
}

// flags are the weight of a pattern, and whether its case counts.
func (g mimeGlob) flags() uint32 {
	n := uint32(g.weight)
	if g.caseSensitive {
		n |= 0x100
	}
	return n
}

func (w *mimeWriter) globs(globs []mimeGlob) {
	w.put(uint32(len(globs)))
	for _, g := range globs {
		w.put(w.strings[g.pattern], w.strings[g.of], g.flags())
	}
}

// suffix is a node of the tree of suffixes, which are read from their end. A leaf has a type and no character.
type suffix struct {
	character rune
	glob      mimeGlob
	children  []*suffix
}

func (s *suffix) add(runes []rune, g mimeGlob) {
	if len(runes) == 0 {
		for _, c := range s.children {
			if c.character == 0 && c.glob.of == g.of {
				c.glob.weight = max(c.glob.weight, g.weight)
				return
			}
		}
		s.children = append(s.children, &suffix{glob: g})
		return
	}
	last := runes[len(runes)-1]
	for _, c := range s.children {
		if c.character == last {
			c.add(runes[:len(runes)-1], g)
			return
		}
	}
	c := &suffix{character: last}
	s.children = append(s.children, c)
	c.add(runes[:len(runes)-1], g)
}

// suffixes writes the tree level by level; among siblings leaves come first, then characters in order.
func (w *mimeWriter) suffixes(globs []mimeGlob) {
	root := &suffix{}
	for _, g := range globs {
		if runes := []rune(g.pattern[1:]); len(runes) > 0 && !slices.Contains(runes, 0) {
			root.add(runes, g)
		}
	}
	first := uint32(len(w.data) + 8)
	w.put(uint32(len(root.children)), first)
	next := first + 12*uint32(len(root.children))
	for level := []*suffix{root}; len(level) > 0; {
		var below []*suffix
		for _, parent := range level {
			slices.SortStableFunc(parent.children, func(a, b *suffix) int { return cmp.Compare(a.character, b.character) })
			for _, s := range parent.children {
				if s.character == 0 {
					w.put(0, w.strings[s.glob.of], s.glob.flags())
					continue
				}
				w.put(uint32(s.character), uint32(len(s.children)), next)
				next += 12 * uint32(len(s.children))
				below = append(below, s)
			}
		}
		level = below
	}
}

// placed is a match and its place among all matches of the cache; those below it stand together.
type placed struct {
	mimeMatch
	children int
}

// place appends matches, and those below each of them in turn, and returns the index of the first.
func place(matches []mimeMatch, all *[]placed) int {
	at := len(*all)
	for _, m := range matches {
		*all = append(*all, placed{mimeMatch: m})
	}
	for i, m := range matches {
		if len(m.matches) > 0 {
			(*all)[at+i].children = place(m.matches, all)
		}
	}
	return at
}

func (w *mimeWriter) magic(magic []mimeMagic) {
	var all []placed
	roots := make([]int, len(magic))
	for i, m := range magic {
		roots[i] = place(m.matches, &all)
	}
	extent := 0
	for _, m := range all {
		extent = max(extent, len(m.data)+m.start+m.length)
	}
	at := uint32(len(w.data) + 12)
	w.put(uint32(len(magic)), uint32(extent), at)
	matches := at + 16*uint32(len(magic))
	for i, m := range magic {
		w.put(uint32(m.priority), w.strings[m.of], uint32(len(m.matches)), matches+32*uint32(roots[i]))
	}
	next := matches + 32*uint32(len(all))
	var bodies []byte
	add := func(b []byte) uint32 {
		if b == nil {
			return 0
		}
		at := next + uint32(len(bodies))
		bodies = pad(append(bodies, b...), 4)
		return at
	}
	for _, m := range all {
		data, mask := add(m.data), add(m.mask)
		below := uint32(0)
		if len(m.matches) > 0 {
			below = matches + 32*uint32(m.children)
		}
		w.put(uint32(m.start), uint32(m.length), uint32(m.wordSize), uint32(len(m.data)), data, mask, uint32(len(m.matches)), below)
	}
	w.data = append(w.data, bodies...)
}
