package main

import (
	"context"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

var libraryName = regexp.MustCompile(`\.so(\.[0-9]|$)`)

// fileKind says what a base name is of: a library, a header, or perhaps a program.
func fileKind(base string) string {
	switch {
	case slices.Contains([]string{".h", ".hh", ".hpp", ".hxx", ".pc"}, path.Ext(base)):
		return "header"
	case libraryName.MatchString(base):
		return "library"
	default:
		return "program"
	}
}

func isProgram(p string) bool {
	return slices.Contains([]string{"bin", "sbin", "games"}, path.Base(path.Dir(p)))
}

// owners finds the packages that ship a file of this base name. Where no program has it, names that only go on count: of
// ImageMagick's convert, Debian ships convert-im7.q16, and a link of the alternatives makes it convert.
func (s *search) owners(ctx context.Context, base string) error {
	before := len(s.hits)
	if err := s.owned(ctx, base, func(string) bool { return true }); err != nil || s.blind != nil || len(s.hits) > before {
		return err
	}
	if fileKind(base) != "program" {
		return nil
	}
	var begin []string
	for _, dir := range append(slices.Clone(debian.PackageProgramDirs), "bin", "sbin") { // lists of files may be older than the merged /usr
		begin = append(begin, dir+"/"+base+"-")
	}
	return s.matching(ctx, begin, func(p string) bool { return isProgram(p) && strings.HasPrefix(path.Base(p), base+"-") })
}

// owned finds files of a base name whose path fits.
func (s *search) owned(ctx context.Context, base string, fits func(string) bool) error {
	found, err := s.archive.Owners(ctx, base)
	if err != nil {
		return s.withoutList(ctx, base, fits, err)
	}
	for _, o := range found {
		if fits(o.Path) {
			if err := s.file(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// matching reads the list of files, where paths begin with one of the prefixes, or the whole of it.
func (s *search) matching(ctx context.Context, prefixes []string, match func(path string) bool) error {
	s.say("reading the archive's list of files")
	var failed error
	err := s.archive.FilesMatching(ctx, prefixes, match, func(o packages.Owner) bool {
		failed = s.file(ctx, o)
		return failed == nil
	})
	if ctx.Err() != nil || failed != nil {
		return errors.Join(ctx.Err(), failed)
	}
	s.blind = err
	return nil
}

// file adds a file of a package that can be cut.
func (s *search) file(ctx context.Context, o packages.Owner) error {
	p, err := s.archive.Package(ctx, o.Package)
	if errors.Is(err, packages.ErrNoPackage) {
		return nil // the list of files is older than the packages
	}
	if err != nil {
		return err
	}
	h := hit{Kind: fileKind(path.Base(o.Path)), Name: "/" + o.Path, Package: o.Package, Version: p.Version, Note: firstLine(p.Description), rank: exactFile}
	switch {
	case h.Kind == "library" && path.Base(path.Dir(o.Path)) == s.triplet:
		h.Cut = debian.ClassLibs.Slice(o.Package)
	case h.Kind == "program" && !isProgram(o.Path):
		h.Kind, h.Cut = "file", o.Package
	case h.Kind != "header":
		h.Cut = o.Package
	}
	s.hits = append(s.hits, h)
	return nil
}

// withoutList looks into the packages whose names suggest that they have the file, because the archive's list of files
// cannot be had: mirrors often carry one that is not that of the Release. What a package says it holds is true; that no
// other package holds it is not known, so the reason stays.
func (s *search) withoutList(ctx context.Context, base string, fits func(string) bool, why error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.blind = why
	for _, name := range likelyPackages(base) {
		p, err := s.archive.Package(ctx, name)
		if errors.Is(err, packages.ErrNoPackage) {
			continue
		}
		if err != nil {
			return err
		}
		s.say("looking into " + name)
		c, err := s.archive.Contents(ctx, p)
		if err != nil {
			return err
		}
		for _, e := range c.Entries {
			if path.Base(e.Path) == base && e.Kind != tree.Directory && fits(e.Path) {
				if err := s.file(ctx, packages.Owner{Path: e.Path, Package: name}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// likelyPackages guesses: gmp.h is in libgmp-dev, pg_config.h in libpq-dev or not found, git in git.
func likelyPackages(base string) []string {
	if fileKind(base) != "header" {
		return []string{base}
	}
	stem := strings.ToLower(strings.TrimSuffix(base, path.Ext(base)))
	bare := strings.TrimPrefix(stem, "lib")
	return []string{"lib" + bare + "-dev", bare + "-dev", "lib" + bare}
}
