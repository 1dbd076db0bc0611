package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
)

// noteDistribution tells, before anything is read of an archive, that the definitions are for another distribution than the apt
// sources. Nothing is told where the sources do not name one (stable, testing), and what is wrong with them is told by those who
// open the archive.
func (o *origin) noteDistribution(p *progress) error {
	if o.bundle != "" || o.brings() {
		return nil
	}
	r, err := o.opened()
	if err != nil || r == nil {
		return err
	}
	have, err := packages.Suites(packages.ArchiveOptions{Sources: o.sources, Suites: o.suites()})
	want := r.Suites()
	if err != nil || len(have) == 0 || len(want) == 0 {
		return nil
	}
	for _, suite := range have {
		base, _, _ := strings.Cut(strings.ReplaceAll(suite, "/", "-"), "-")
		if slices.Contains(unnamedSuites, base) || slices.Contains(want, suite) || strings.HasSuffix(suite, "/") {
			return nil
		}
	}
	p.note(fmt.Sprintf("the definitions in %s are for %s, and the apt sources have %s: what they name may not be there; --sources takes other sources",
		o.release, describe(r, want), strings.Join(have, ", ")))
	return nil
}

// unnamedSuites are names of suites that stand for another release every few years.
var unnamedSuites = []string{"stable", "oldstable", "oldoldstable", "testing", "unstable", "experimental", "devel", "rolling"}

// describe names what a release is for: ubuntu 24.04 (noble, noble-updates).
func describe(r *release.Release, suites []string) string {
	for _, name := range slices.Sorted(maps.Keys(r.Archives)) {
		if a := r.Archives[name]; a.Pro == "" {
			return fmt.Sprintf("%s %s (%s)", a.Name, a.Version, strings.Join(suites, ", "))
		}
	}
	return strings.Join(suites, ", ")
}

// noteUnfollowed tells what the definitions of a selection's packages ask of archives and no cut follows.
func (o *origin) noteUnfollowed(s *slicer.Selection, p *progress) error {
	if o.brings() {
		return nil
	}
	r, err := o.opened()
	if err != nil || r == nil {
		return err
	}
	var names []string
	for _, pkg := range slices.Concat(s.Packages, s.Unfilled) {
		names = append(names, pkg.Name)
	}
	for _, w := range r.Unfollowed(names) {
		p.note(w)
	}
	return nil
}
