package main

import (
	"context"
	"regexp"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/packages"
)

// families are the libraries whose symbol versions everybody knows by their names alone.
var families = map[string][]string{
	"GLIBC": {"libc.so.6"}, "GLIBCXX": {"libstdc++.so.6"}, "CXXABI": {"libstdc++.so.6"}, "GCC": {"libgcc_s.so.1"},
	"OPENSSL": {"libssl.so.3", "libcrypto.so.3"},
}

var symbolVersion = regexp.MustCompile(`^([A-Z][A-Z0-9]*)_[0-9]+(\.[0-9]+)*$`)

// asksVersion reads "GLIBC_2.38", or "libpq.so.5 RHPG_9.6" for a library that the version does not name.
func asksVersion(words []string) (sonames []string, version string) {
	last := words[len(words)-1]
	switch m := symbolVersion.FindStringSubmatch(last); {
	case len(words) == 1 && m != nil:
		return families[m[1]], last
	case len(words) == 2 && fileKind(words[0]) == "library":
		return words[:1], last
	default:
		return nil, ""
	}
}

// version finds the package of a library that has a symbol version, and since when it does.
func (s *search) version(ctx context.Context, sonames []string, version string) error {
	for _, soname := range sonames {
		o, err := packages.FirstVersion(ctx, s.archive, soname, version)
		if err != nil {
			return err
		}
		if o == nil {
			continue
		}
		note := ""
		if o.Since != "" {
			note = "since version " + o.Since
		}
		s.hits = append(s.hits, hit{
			Kind: "symbol version", Name: strings.Join([]string{version, "of", soname}, " "), Package: o.Package,
			Version: o.Current, Note: note, Cut: debian.ClassLibs.Slice(o.Package),
		})
		return nil
	}
	return nil
}
