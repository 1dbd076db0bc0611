package deb

import (
	"fmt"
	"strings"
)

// Relation is one package that a relationship field names, as Policy 7.1 has
// it: "name:qualifier (op version) [arches]".
type Relation struct {
	Name      string
	Qualifier string   // "any", "native" or an architecture; "" if none is given
	Op        string   // "", "<<", "<=", "=", ">=" or ">>"
	Version   string   // "" if and only if Op is
	Arches    []string // as written, "!" included; nil if none are given
}

// Dependency is what one comma-separated part of a relationship field asks for:
// any one of its relations, the preferred first. It is never empty.
type Dependency []Relation

// ParseDependencies parses the value of a relationship field of a binary package
// (Depends, Provides, Breaks, …). The deprecated operators "<" and ">" are read
// as "<=" and ">=", which is what they mean. Empty parts, as a comma at the end
// leaves, are passed over. Build profiles belong to source packages and are an
// error here, for there is no telling whether the relation holds.
func ParseDependencies(s string) ([]Dependency, error) {
	var all []Dependency
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		alternatives := make(Dependency, 0, 1+strings.Count(part, "|"))
		for text := range strings.SplitSeq(part, "|") {
			relation, err := parseRelation(strings.TrimSpace(text))
			if err != nil {
				return nil, fmt.Errorf("cannot parse relation %q: %w", excerpt(part), err)
			}
			alternatives = append(alternatives, relation)
		}
		all = append(all, alternatives)
	}
	return all, nil
}

// AcceptsVersion reports whether version v is one that the relation asks for.
func (r Relation) AcceptsVersion(v string) bool {
	if r.Op == "" {
		return true
	}
	c := CompareVersions(v, r.Version)
	switch r.Op {
	case "<<":
		return c < 0
	case "<=":
		return c <= 0
	case "=":
		return c == 0
	case ">=":
		return c >= 0
	case ">>":
		return c > 0
	default:
		return false
	}
}

func parseRelation(s string) (Relation, error) {
	var r Relation
	r.Name, s = cutRelationName(s)
	if err := CheckPackageName(r.Name); err != nil {
		return Relation{}, err
	}
	if strings.HasPrefix(s, ":") {
		r.Qualifier, s = cutRelationName(s[1:])
		if r.Qualifier == "" {
			return Relation{}, fmt.Errorf("nothing behind the colon")
		}
	}
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "(") {
		inner, rest, closed := strings.Cut(s[1:], ")")
		if !closed {
			return Relation{}, fmt.Errorf("no closing parenthesis")
		}
		var err error
		if r.Op, r.Version, err = parseConstraint(strings.TrimSpace(inner)); err != nil {
			return Relation{}, err
		}
		s = strings.TrimSpace(rest)
	}
	if strings.HasPrefix(s, "[") {
		inner, rest, closed := strings.Cut(s[1:], "]")
		r.Arches = strings.Fields(inner)
		if !closed || len(r.Arches) == 0 {
			return Relation{}, fmt.Errorf("bad list of architectures")
		}
		s = strings.TrimSpace(rest)
	}
	if s != "" {
		return Relation{}, fmt.Errorf("cannot understand %q", excerpt(s))
	}
	return r, nil
}

func cutRelationName(s string) (name, rest string) {
	if i := strings.IndexAny(s, " \t\n:([<"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

func parseConstraint(s string) (op, version string, err error) {
	version = strings.TrimLeft(s, "<=>")
	op = s[:len(s)-len(version)]
	switch op {
	case "<<", "<=", "=", ">=", ">>":
	case "<", ">":
		op += "="
	default:
		return "", "", fmt.Errorf("bad operator %q", op)
	}
	version = strings.TrimSpace(version)
	if err := CheckVersion(version); err != nil {
		return "", "", err
	}
	return op, version, nil
}

// CheckPackageName says why s is no package name, or returns nil. It is as
// lenient as dpkg: Policy 5.6.1 knows no upper case and no underscore, but there
// are third-party packages with both.
func CheckPackageName(s string) error {
	if s == "" {
		return fmt.Errorf("no package name")
	}
	for i := range len(s) {
		c := s[i]
		if isLetter(c) || isDigit(c) || (i > 0 && strings.IndexByte("+-._", c) >= 0) {
			continue
		}
		return fmt.Errorf("bad package name %q", excerpt(s))
	}
	return nil
}
