package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
)

// hit is one thing that find has found.
type hit struct {
	Kind    string `json:"kind"` // slice, package, library, symbol version, program, header, file
	Name    string `json:"name"` // of a file its absolute path
	Package string `json:"package,omitempty"`
	Version string `json:"version,omitempty"`
	Note    string `json:"note,omitempty"` // the package's description, or the slice's hint
	Cut     string `json:"cut,omitempty"`  // the name to give to cut; empty for what no image needs
	rank    int    // the lower the better
}

// The ranks, best first.
const (
	exact = iota
	exactFile
	begins
	part // of the name between two hyphens
	contains
	described
)

// search is one run of find.
type search struct {
	release *release.Release
	archive *packages.Archive
	files   bool
	triplet string
	say     func(string)

	hits  []hit
	none  error // there is no package of that name; it names the nearest
	blind error // why files could not be looked at
}

// look finds what the words mean by how they look.
func (s *search) look(ctx context.Context, words []string) error {
	word := words[0]
	sonames, version := asksVersion(words)
	switch {
	case sonames != nil:
		return s.version(ctx, sonames, version)
	case len(words) > 1:
		return s.descriptions(ctx, words)
	case strings.Contains(word, "/"):
		return s.paths(ctx, word)
	case strings.ContainsAny(word, "*?"):
		return s.pattern(ctx, word)
	case fileKind(word) != "program":
		return s.owners(ctx, word)
	default:
		return s.names(ctx, word)
	}
}

// names finds slices and packages by a part of their name, and then programs, then descriptions, if there is no package
// of the very name: that one is what was meant.
func (s *search) names(ctx context.Context, word string) error {
	s.slices(func(name string) bool { return strings.Contains(name, word) }, word)
	lower := strings.ToLower(word)
	for name := range s.archive.Names() {
		if strings.Contains(name, lower) {
			if err := s.pkg(ctx, name, rankOf(name, lower)); err != nil {
				return err
			}
		}
	}
	if _, s.none = s.archive.Package(ctx, word); s.none == nil && !s.files {
		return nil
	}
	if err := s.owners(ctx, word); err != nil {
		return err
	}
	if len(s.hits) > 0 {
		return nil
	}
	return s.descriptions(ctx, []string{word})
}

func rankOf(name, word string) int {
	switch {
	case name == word:
		return exact
	case strings.HasPrefix(name, word):
		return begins
	case strings.Contains("-"+name+"-", "-"+word+"-"):
		return part
	default:
		return contains
	}
}

// slices finds slices of the definitions.
func (s *search) slices(match func(name string) bool, word string) {
	if s.release == nil {
		return
	}
	for _, name := range s.release.Names() {
		p := s.release.Package(name)
		for _, sl := range p.Slices {
			name := sl.String()
			if match(name) {
				rank := rankOf(name, word)
				if p.Name == word {
					rank = exact
				}
				s.hits = append(s.hits, hit{Kind: "slice", Name: name, Package: p.Name, Note: sl.Hint, Cut: name, rank: rank})
			}
		}
	}
}

// pkg adds a package, whose version is the one that would be cut.
func (s *search) pkg(ctx context.Context, name string, rank int) error {
	p, err := s.archive.Package(ctx, name)
	if errors.Is(err, packages.ErrNoPackage) {
		return nil // pinned away, or of another architecture
	}
	if err != nil {
		return err
	}
	s.hits = append(s.hits, hit{Kind: "package", Name: name, Version: p.Version, Note: firstLine(p.Description), Cut: name, rank: rank})
	return nil
}

// descriptions finds packages that have all the words in their name or description.
func (s *search) descriptions(ctx context.Context, words []string) error {
	s.say("reading the descriptions of all packages")
	for name := range s.archive.Names() {
		p, err := s.archive.Package(ctx, name)
		if errors.Is(err, packages.ErrNoPackage) {
			continue
		}
		if err != nil {
			return err
		}
		text := strings.ToLower(name + " " + p.Description)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) }) {
			s.hits = append(s.hits, hit{Kind: "package", Name: name, Version: p.Version, Note: firstLine(p.Description), Cut: name, rank: described})
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// pattern finds by a pattern: slices, packages, and the base names of libraries and programs.
func (s *search) pattern(ctx context.Context, pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("cannot look for %s: it is no pattern: %w", pattern, err)
	}
	match := func(name string) bool {
		ok, _ := path.Match(pattern, name) // the pattern is well-formed
		return ok
	}
	s.slices(match, pattern)
	for name := range s.archive.Names() {
		if match(name) {
			if err := s.pkg(ctx, name, begins); err != nil {
				return err
			}
		}
	}
	part := literalPart(pattern)
	return s.matching(ctx, nil, func(p string) bool {
		if !strings.Contains(p, part) { // of the eight million paths nearly all
			return false
		}
		base := path.Base(p)
		return match(base) && (fileKind(base) != "program" || isProgram(p))
	})
}

// paths finds files by their path, which may be a pattern, or the directory that they are below.
func (s *search) paths(ctx context.Context, asked string) error {
	clean := strings.TrimPrefix(path.Clean("/"+asked), "/")
	if strings.HasSuffix(asked, "/") {
		begin := unmerged(clean + "/")
		return s.matching(ctx, begin, func(p string) bool {
			return slices.ContainsFunc(begin, func(b string) bool { return strings.HasPrefix(p, b) })
		})
	}
	if _, err := path.Match(clean, ""); err != nil {
		return fmt.Errorf("cannot look for %s: it is no pattern: %w", asked, err)
	}
	base, patterns, part := path.Base(clean), unmerged(clean), literalPart(path.Base(clean))
	anywhere := !strings.HasPrefix(asked, "/")
	fits := func(p string) bool {
		return strings.Contains(p, part) && (slices.ContainsFunc(patterns, func(pattern string) bool {
			ok, _ := path.Match(pattern, p)
			return ok
		}) || anywhere && strings.HasSuffix(p, "/"+clean))
	}
	if !strings.ContainsAny(base, "*?[") && (fileKind(base) != "program" || isProgram(clean)) {
		if err := s.owned(ctx, base, fits); err != nil || len(s.hits) > 0 || s.blind != nil {
			return err
		}
	}
	if anywhere {
		return s.matching(ctx, nil, fits)
	}
	var begin []string
	for _, pattern := range patterns {
		if i := strings.IndexAny(pattern, special); i >= 0 {
			pattern = pattern[:i]
		}
		begin = append(begin, pattern)
	}
	return s.matching(ctx, begin, fits)
}

// special are the characters of patterns that do not stand for themselves.
const special = `*?[\`

// literalPart is the longest part of a pattern that stands for itself; empty for one with classes, whose parts do not.
func literalPart(pattern string) string {
	if strings.ContainsAny(pattern, `[\`) {
		return ""
	}
	longest := ""
	for part := range strings.FieldsFuncSeq(pattern, func(r rune) bool { return strings.ContainsRune(special, r) }) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// unmerged are the paths under which packages may have a file: some are older than the merged /usr.
func unmerged(p string) []string {
	if older, ok := strings.CutPrefix(p, "usr/"); ok {
		return []string{p, older}
	}
	return []string{p}
}

// ranked are the hits, the best first, each once.
func (s *search) ranked() []hit {
	kinds := []string{"package", "slice", "library", "symbol version", "program", "header", "file"}
	hits := slices.Clone(s.hits)
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(
			cmp.Compare(a.rank, b.rank),
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(strings.Count(a.Name, "/"), strings.Count(b.Name, "/")), // a library's own directory is above those of plugins
			cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Package, b.Package))
	})
	return slices.Compact(append([]hit{}, hits...))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}
