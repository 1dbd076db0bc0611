package archive

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Pin changes the priority of some packages: apt_preferences(5). Empty fields
// match anything. All but Package are shell patterns.
type Pin struct {
	// Package holds names, shell patterns or /regular expressions/, with
	// blanks between. "src:name" names a source package, "name:arch" a package
	// of one architecture.
	Package   string
	Suite     string // as sources.list names it, or the Release's Suite (a=)
	Codename  string // n=
	Origin    string // the Release's Origin (o=)
	Label     string // l=
	Release   string // the Release's Version (v=)
	Component string // c=
	Host      string // of an address of the source (origin "host")
	Local     bool   // the source has no host: it is a directory (origin "")
	Version   string // of the package
	Priority  int    // negative: never

	// Problem says what is wrong with the stanza. It is reported when a
	// package that the stanza names is asked for, and not before: preferences
	// are the whole machine's, and most name packages that nobody wants here.
	Problem error `json:"-"`
}

func (p Pin) matches(s *site, of *Package) bool {
	return (matchAny(p.Suite, s.suite) || matchAny(p.Suite, s.release.suite)) &&
		matchAny(p.Codename, s.release.codename) &&
		matchAny(p.Origin, s.release.origin) &&
		matchAny(p.Label, s.release.label) &&
		matchAny(p.Release, s.release.version) &&
		matchAny(p.Component, of.component) &&
		p.matchesHost(s.hosts()) &&
		matchAny(p.Version, of.Version)
}

func (p Pin) matchesHost(hosts []string) bool {
	if p.Host == "" && !p.Local {
		return true
	}
	return slices.ContainsFunc(hosts, func(host string) bool {
		if p.Local {
			return host == ""
		}
		return host != "" && matchAny(p.Host, host)
	})
}

// matchAny matches a value as a whole, blanks and all: an Origin may be of
// several words.
func matchAny(pattern, value string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, value)
	return err == nil && ok
}

// names tells whether the stanza is about a package.
func (p Pin) names(of *Package) bool {
	return p.Package == "" || slices.ContainsFunc(strings.Fields(p.Package), func(pattern string) bool {
		return namesOne(pattern, of)
	})
}

func namesOne(pattern string, of *Package) bool {
	name := of.Name
	if source, ok := strings.CutPrefix(pattern, "src:"); ok {
		pattern, name = source, of.Source
	}
	if text, ok := regular(pattern); ok {
		// Like apt, pass over an expression that is none.
		expression, err := regexp.CompilePOSIX(text)
		return err == nil && expression.MatchString(name)
	}
	pattern, arch, qualified := strings.Cut(pattern, ":")
	if qualified && arch != "any" && arch != "native" && arch != of.Architecture && of.Architecture != "all" {
		return false
	}
	return matchAny(pattern, name)
}

// regular returns the expression between two slashes.
func regular(pattern string) (string, bool) {
	if len(pattern) < 3 || pattern[0] != '/' || pattern[len(pattern)-1] != '/' {
		return "", false
	}
	return pattern[1 : len(pattern)-1], true
}

// isGeneral tells a pin for all packages, which apt tries after all others.
func (p Pin) isGeneral() bool { return p.Package == "" || p.Package == "*" }

// priority is that of the first pin that names the package, else of the first
// general one, else the suite's own.
func (a *Archive) priority(s *site, of *Package) (int, error) {
	for _, general := range []bool{false, true} {
		for _, pin := range a.options.Pins {
			if pin.isGeneral() != general || !pin.names(of) {
				continue
			}
			if pin.Problem != nil {
				return 0, fmt.Errorf("cannot choose a version of package %s: %w", of.Name, pin.Problem)
			}
			if pin.matches(s, of) {
				return pin.Priority, nil
			}
		}
	}
	if target := a.options.DefaultRelease; target != "" && slices.Contains([]string{s.release.suite, s.release.codename, s.release.version}, target) {
		return 990, nil // as apt_preferences(5) has it
	}
	return s.release.priority(), nil
}
