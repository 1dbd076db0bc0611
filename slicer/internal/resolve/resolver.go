// Package resolve takes what was named, slices and packages, and decides on the packages that those depend on.
package resolve

import (
	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/slicer/internal/plan"
)

// Resolver decides on packages: those that were named, and those that they depend on.
type Resolver struct {
	*plan.Plan
	Settled   map[string]bool                         // packages that were decided on: taken, offered or omitted
	Whole     map[string]bool                         // packages that were taken whole
	Offered   map[string]offer                        // packages that are taken when their use is seen
	modules   map[string]map[script.Language][]string // what packages provide, by name
	Mutations []mutation                              // of the definitions that were taken
	followed  func() error                            // told after each round of dependencies that was taken
}

// New resolves into a plan. Followed is told after each round of dependencies that was taken.
func New(p *plan.Plan, followed func() error) *Resolver {
	return &Resolver{
		Plan: p, Settled: map[string]bool{}, Whole: map[string]bool{}, Offered: map[string]offer{},
		modules: map[string]map[script.Language][]string{}, followed: followed,
	}
}

// mutation is the script of a slice, to be run when all files are known.
type mutation struct{ Slice, Script string }
