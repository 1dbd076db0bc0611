package release

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Wanted is a path of a slice that a member of the package fills.
type Wanted struct {
	Path string // where the member goes; for a glob the member's own path
	Rule string // the path or glob of the definition
	PathInfo
}

// Matcher tells which members of a package a slice wants. It may be used by several goroutines.
type Matcher struct {
	literals map[string][]Wanted
	globs    []compiledGlob // sorted by prefix
}

type compiledGlob struct {
	prefix string // what stands before the first wildcard
	rest   []token
	Wanted
}

// Matcher returns the matcher for the paths of the slice on one architecture.
func (s *Slice) Matcher(arch string) *Matcher {
	return s.matcher(arch, func(string, PathInfo) bool { return true })
}

// Matchers returns the matchers of selected slices, without the paths for which another selected package is
// preferred.
func (r *Release) Matchers(selected []*Slice, arch string) map[Key]*Matcher {
	packages := map[string]bool{}
	for _, s := range selected {
		packages[s.Package] = true
	}
	matchers := map[Key]*Matcher{}
	for _, s := range selected {
		matchers[s.Key()] = s.matcher(arch, func(path string, _ PathInfo) bool {
			return !r.yields(s.Package, path, packages)
		})
	}
	return matchers
}

// Yields tells whether the slice leaves its path to another selected package that is preferred there.
func (r *Release) Yields(s *Slice, path string, selected []*Slice) bool {
	packages := map[string]bool{}
	for _, other := range selected {
		packages[other.Package] = true
	}
	return r.yields(s.Package, path, packages)
}

// yields follows the chain of preferences of a path from one package upwards.
func (r *Release) yields(pkg, path string, selected map[string]bool) bool {
	for range r.Names() {
		next := ""
		for _, s := range r.Package(pkg).Slices {
			if p := s.Contents[path].Prefer; p != "" {
				next = p
			}
		}
		if next == "" || r.Package(next) == nil {
			return false
		}
		if selected[next] {
			return true
		}
		pkg = next
	}
	return false
}

func (s *Slice) matcher(arch string, keep func(string, PathInfo) bool) *Matcher {
	m := &Matcher{literals: map[string][]Wanted{}}
	for _, path := range slices.Sorted(maps.Keys(s.Contents)) {
		info := s.Contents[path]
		if !onArch(info.Arch, arch) || !keep(path, info) {
			continue
		}
		w := Wanted{Path: path, Rule: path, PathInfo: info}
		switch info.Kind {
		case Copy:
			source := path
			if info.Info != "" {
				source = info.Info
			}
			m.literals[source] = append(m.literals[source], w)
		case Glob:
			at := strings.IndexAny(path, "*?")
			m.globs = append(m.globs, compiledGlob{path[:at], compile(path[at:]), w})
		}
	}
	return m
}

// Takes tells whether the slice wants any member of the package at all.
func (m *Matcher) Takes() bool { return len(m.literals) > 0 || len(m.globs) > 0 }

// Wants returns the paths that the member fills, first those that name it, then globs, each in path order. The member's path is
// absolute, and a directory's ends in "/".
func (m *Matcher) Wants(member string) []Wanted {
	found := slices.Clone(m.literals[member])
	for _, g := range m.globs {
		if rest, ok := strings.CutPrefix(member, g.prefix); ok && match(g.rest, rest) {
			w := g.Wanted
			w.Path = member
			found = append(found, w)
		}
	}
	return found
}

// Missing returns the sources and globs that no member of the package fills, sorted. A cut must not go on without
// them.
func (m *Matcher) Missing(members iter.Seq[string]) []string {
	missing := map[string]bool{}
	for source := range m.literals {
		missing[source] = true
	}
	for _, g := range m.globs {
		missing[g.Rule] = true
	}
	for member := range members {
		for _, w := range m.Wants(member) {
			delete(missing, w.Rule)
			if w.Kind == Copy {
				delete(missing, member)
			}
		}
	}
	return slices.Sorted(maps.Keys(missing))
}
