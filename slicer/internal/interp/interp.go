// Package interp follows scripts: to their interpreters, to the commands that shell scripts name, and to the modules that are
// imported, and ELF files to the programs that they start.
package interp

import (
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
)

// Pass follows what scripts need: their interpreters, the commands that shell scripts name, and the modules that are
// imported.
type Pass struct {
	*resolve.Resolver
	interpreted map[*plan.File]bool       // scripts whose interpreter and commands were followed
	shell       map[*plan.File]shellWords // see shellWordsOf
	sourced     map[string]bool           // paths of files that shell scripts read as a part of themselves; true of those that were followed
	modules     map[string]bool           // see isModules, by package
	started     map[*plan.File][]string   // the programs that were taken for a file which starts them
	unmet       map[string]*plan.File     // interpreters that no dependency brings, and a script that names each
	absent      map[string]bool           // Essential packages that no source has
	imports     imports
	compiled    compiled
}

// New follows the scripts of a plan.
func New(r *resolve.Resolver) *Pass {
	return &Pass{
		Resolver: r, interpreted: map[*plan.File]bool{}, shell: map[*plan.File]shellWords{}, sourced: map[string]bool{}, modules: map[string]bool{},
		started: map[*plan.File][]string{}, absent: map[string]bool{}, unmet: map[string]*plan.File{},
		imports:  imports{read: map[*plan.File]bool{}, modules: imported{}},
		compiled: compiled{asked: map[string]bool{}, by: map[string]string{}, known: map[*plan.File]bool{}},
	}
}
