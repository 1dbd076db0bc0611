package verify

import (
	"fmt"

	"whittle.dev/whittle/internal/text"
)

// Note is what a proof rests on without being able to see it: symbols of a module that the program which loads it must
// bring, or a library that comes into the container when it starts.
type Note struct {
	Importer string   `json:"importer"`           // absolute path of the module
	Symbols  []string `json:"symbols"`            // sorted
	Provider string   `json:"provider,omitempty"` // the file of the image that has them, and must be loaded first
	Library  string   `json:"library,omitempty"`  // the library that Program brings
	Program  string   `json:"program,omitempty"`  // who loads such modules, and is not in the image
}

// String says the note in one sentence without a full stop.
func (n Note) String() string {
	if n.Library != "" {
		return fmt.Sprintf("%s needs %s, which %s brings when the container starts", n.Importer, n.Library, n.Program)
	}
	what := text.Count(len(n.Symbols), "symbol") + " (" + text.Some(n.Symbols) + ")"
	if n.Provider != "" {
		return fmt.Sprintf("%s uses %s of %s, which its program must have loaded before", n.Importer, what, n.Provider)
	}
	return fmt.Sprintf("%s is a module for %s: it uses %s of it, and no such program is here", n.Importer, n.Program, what)
}
