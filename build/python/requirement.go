package python

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

// Requirement is a dependency specifier (PEP 508): one distribution, and where it applies.
type Requirement struct {
	Name   string   // normalized (PEP 503)
	Extras []string // normalized, sorted
	Spec   string   // version specifiers (PEP 440), such as ">=2,<3"; empty for any
	URL    string   // instead of Spec: a direct reference
	Marker string   // an environment marker; empty where it always applies
	// AnyOf are alternatives to Spec, of which one must hold: Poetry's "^1 || ^2", which PEP 508 cannot say.
	AnyOf []string
}

var (
	separators  = regexp.MustCompile(`[-_.]+`)
	requirement = regexp.MustCompile(`^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)$`)
)

// normalize is a distribution's or extra's name as indexes compare it (PEP 503).
func normalize(name string) string {
	return strings.ToLower(separators.ReplaceAllString(strings.TrimSpace(name), "-"))
}

// parseRequirement reads a dependency specifier.
func parseRequirement(text string) (Requirement, error) {
	m := requirement.FindStringSubmatch(text)
	if m == nil {
		return Requirement{}, fmt.Errorf("%q is no requirement", text)
	}
	r := Requirement{Name: normalize(m[1]), Extras: extras(strings.Split(m[2], ","))}
	rest := strings.TrimSpace(m[3])
	if url, ok := strings.CutPrefix(rest, "@"); ok {
		// A URL may hold a semicolon; only one after a blank begins the marker.
		url, marker, _ := strings.Cut(strings.TrimSpace(url), " ;")
		r.URL, r.Marker = strings.TrimSpace(url), strings.TrimSpace(marker)
		return r, nil
	}
	spec, marker, _ := strings.Cut(rest, ";")
	r.Marker = strings.TrimSpace(marker)
	r.Spec = strings.Trim(strings.TrimSpace(spec), "()")
	if _, err := specifiers(r.Spec); err != nil {
		return r, fmt.Errorf("%q is no requirement: %w", text, err)
	}
	return r, nil
}

func extras(names []string) []string {
	var all []string
	for _, name := range names {
		if name = normalize(name); name != "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// String writes the requirement for pip.
func (r Requirement) String() string {
	text := r.Name
	if len(r.Extras) > 0 {
		text += "[" + strings.Join(r.Extras, ",") + "]"
	}
	switch {
	case r.URL != "":
		text += " @ " + r.URL
	case len(r.AnyOf) > 0:
		text += r.AnyOf[len(r.AnyOf)-1] // the newest, as people write them
	default:
		text += r.Spec
	}
	if r.Marker != "" {
		text += " ; " + r.Marker
	}
	return text
}

// allows tells whether a version satisfies the requirement. A version that is not of PEP 440 satisfies none.
func (r Requirement) allows(version string) bool {
	if len(r.AnyOf) == 0 {
		return satisfies(version, r.Spec)
	}
	return slices.ContainsFunc(r.AnyOf, func(spec string) bool { return satisfies(version, spec) })
}

// satisfies tells whether a version is within specifiers. Pre-releases are taken: a lock that names one was made so.
func satisfies(version, spec string) bool {
	if strings.TrimSpace(spec) == "" {
		return true
	}
	if exact, ok := strings.CutPrefix(strings.TrimSpace(spec), "==="); ok {
		return strings.TrimSpace(exact) == version
	}
	ss, err := specifiers(spec)
	if err != nil {
		return false
	}
	v, err := pep440.Parse(version)
	return err == nil && ss.Check(v)
}

func specifiers(spec string) (pep440.Specifiers, error) {
	if strings.TrimSpace(spec) == "" {
		spec = ">=0.dev0"
	}
	// A trailing comma is common and allowed (PEP 440).
	return pep440.NewSpecifiers(strings.TrimRight(strings.TrimSpace(spec), ", "), pep440.WithPreRelease(true))
}

// and joins markers, either of which may be empty.
func and(a, b string) string {
	if a == "" || b == "" || a == b {
		return a + strings.TrimPrefix(b, a)
	}
	return "(" + a + ") and (" + b + ")"
}
