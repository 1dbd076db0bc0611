package slicer

import "whittle.dev/whittle/internal/script"

// resolver decides on packages: those that were named, and those that they depend on.
type resolver struct {
	*plan
	settled   map[string]bool                         // packages that were decided on: taken, offered or left out
	whole     map[string]bool                         // packages that were taken whole
	offered   map[string]offer                        // packages that are taken when their use is seen
	modules   map[string]map[script.Language][]string // what packages provide, by name
	mutations []mutation                              // of the definitions that were taken
	followed  func() error                            // told after each round of dependencies that was taken
}

// newResolver resolves into a plan. Followed is told after each round of dependencies that was taken.
func newResolver(p *plan, followed func() error) *resolver {
	return &resolver{
		plan: p, settled: map[string]bool{}, whole: map[string]bool{}, offered: map[string]offer{},
		modules: map[string]map[script.Language][]string{}, followed: followed,
	}
}
