package slicer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/internal/plan"
)

var (
	// ErrOtherArch is wrapped by the error about a name with an architecture, as apt spells it, that is not the cut's.
	ErrOtherArch = errors.New("the cut is for another architecture")
	// ErrOtherVersion is wrapped by the error about a name with a version, as apt spells it, that the sources do not choose.
	ErrOtherVersion = errors.New("the sources choose another version")
)

// withoutSpelling makes plain names of those that apt's users write: "libcurl4t64:amd64" with an architecture, "jq=1.7.1-6" with a
// version. What is named must be what the cut would take anyway: one architecture, and the version that the sources choose.
func withoutSpelling(p *plan.Plan) error {
	names := slices.Clone(p.Want.Names)
	for i, n := range names {
		name, version, versioned := strings.Cut(n.Name, "=")
		name, arch, _ := strings.Cut(name, ":")
		if arch != "" && !slices.Contains([]string{p.Want.Arch, "any", "all", "native"}, arch) {
			return fmt.Errorf("cannot cut %s for %s: %w", n.Name, p.Want.Arch, ErrOtherArch)
		}
		if names[i].Name = name; versioned {
			if err := checkVersion(p, name, version); err != nil {
				return err
			}
		}
	}
	p.Want.Names = names
	return nil
}

// checkVersion holds a version against the one that the sources choose. The error lists those that they have, the newest first.
func checkVersion(p *plan.Plan, name, version string) error {
	pkg, _, err := p.LookupAsked(name)
	if err != nil || pkg.Version == version {
		return err
	}
	var had []string
	for _, s := range p.Want.Sources {
		all, err := s.Versions(p.Ctx, name)
		if err != nil {
			return err
		}
		for _, v := range all {
			if !slices.Contains(had, v.Version) {
				had = append(had, v.Version)
			}
		}
	}
	slices.SortFunc(had, func(a, b string) int { return deb.CompareVersions(b, a) })
	return fmt.Errorf("cannot cut %s %s: %w, %s; they have %s", name, version, ErrOtherVersion, pkg.Version, strings.Join(had, ", "))
}
