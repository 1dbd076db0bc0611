// Package libraries brings the closure of ELF files, the modules that libraries open by directory, and what belongs to the
// libraries that were brought.
package libraries

import (
	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
)

// Pass brings the libraries that ELF files and scripts need, and what belongs to these.
type Pass struct {
	*resolve.Resolver
	layer      string                      // the layer that the closure lands in
	app        map[string]*closure.Library // by path; nil for what is no ELF file of this machine
	plugins    []plan.Plugin               // of the app's packages, that are left alone
	named      map[string][]string         // libraries that scripts open by name, by the script's place in the image
	found      map[string][]candidate      // by place in the image, one a name that leads there
	depends    map[string]bool             // packages whose libraries are in dependedOn
	dependedOn []string                    // packages of libraries that those depend on, sorted
	brought    map[string]string           // packages of which the closure took a library just now, and which
	beside     map[string]bool             // packages of which what belongs to their libraries was taken
	everywhere map[string]bool             // libraries that are looked for in all packages
	wholes     []string                    // globs of which rules take a part
}

// New brings libraries into a plan.
func New(r *resolve.Resolver) *Pass {
	return &Pass{
		Resolver: r, app: map[string]*closure.Library{}, named: map[string][]string{}, found: map[string][]candidate{},
		depends: map[string]bool{}, brought: map[string]string{}, beside: map[string]bool{}, everywhere: map[string]bool{}, wholes: closure.Wholes(debian.Machine(r.Want.Arch)),
	}
}
