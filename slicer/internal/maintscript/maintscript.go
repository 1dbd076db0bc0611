// Package maintscript does, by rules and without running anything, what maintainer scripts and triggers would do when the packages
// were installed: alternatives, diversions, caches, the mutation scripts of definitions; and lists what it does not do.
package maintscript

import (
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/manifest"
)

// Pass does what maintainer scripts and triggers would do, as far as it is known, and lists what else they would do.
type Pass struct {
	*resolve.Resolver
	read         map[string][]reading        // scripts by package
	exists       func(string) (bool, bool)   // what the scripts find, when that is known
	alternatives map[string][]*alternative   // what packages offer update-alternatives
	made         map[*plan.File]*alternative // the links of offers that were made
	compiled     map[calledBy]string         // commands for which data was compiled: empty, or why that failed
	Undone       []manifest.Undone           // what AddUndone found, by package
}

// New does for a plan what maintainer scripts would do.
func New(r *resolve.Resolver) *Pass {
	return &Pass{
		Resolver: r, read: map[string][]reading{}, alternatives: map[string][]*alternative{}, made: map[*plan.File]*alternative{},
		compiled: map[calledBy]string{},
	}
}
