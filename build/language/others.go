package language

import (
	"fmt"
	"slices"
)

// Other is a version of a runtime that the builder of another Debian release has.
type Other struct {
	Version string // "3.11"
	Builder string // its image: "whittle/builder:debian-12"
}

// Elsewhere are the versions of a runtime that builders of other releases have and this one has not. Runtimes are named as in
// builders.Builder.
func (s Site) Elsewhere(runtime string) []Other {
	var all []Other
	for _, b := range s.Others {
		for _, v := range b.Versions[runtime] {
			if !slices.Contains(s.Builder.Versions[runtime], v) {
				all = append(all, Other{v, b.Image()})
			}
		}
	}
	return all
}

// TellOthers says for an error where else versions of a runtime are to be had: a line of evidence for each, and a step
// for each builder that has one that fits, which Or takes.
func TellOthers(runtime string, others []Other, fits func(version string) bool) (evidence, steps []string) {
	for _, o := range others {
		evidence = append(evidence, fmt.Sprintf("elsewhere: %s %s with %s", runtime, o.Version, o.Builder))
		if fits(o.Version) {
			steps = append(steps, "build with "+o.Builder)
		}
	}
	return evidence, steps
}
