package plan

import (
	"strings"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// Package is a package that was looked into: its description and its contents.
type Package struct {
	*packages.Package
	*packages.Contents
	Turn      int                         // how many packages of the plan came before it
	libraries map[string][]packages.Entry // see Library
	diverts   map[string]string           // see divertedTo
}

// Library returns the package's files and links below usr/lib with a base name. The first call sorts them all: a closure
// asks every package for every library.
func (p *Package) Library(base string) []packages.Entry {
	if p.libraries == nil {
		p.libraries = map[string][]packages.Entry{}
		for _, e := range p.Entries {
			if e.Kind != tree.Directory && strings.HasPrefix(e.Path, "usr/lib") {
				name := paths.Base(e.Path)
				p.libraries[name] = append(p.libraries[name], e)
			}
		}
	}
	return p.libraries[base]
}

// HasShared tells whether an entry is a static library beside which the package has the shared one, which linkers prefer.
func (p *Package) HasShared(e packages.Entry) bool {
	stem, static := strings.CutSuffix(e.Path, ".a")
	if !static || !strings.HasPrefix(paths.Base(stem), "lib") {
		return false
	}
	_, ok := p.Entry(stem + ".so")
	return ok
}
