// Package missing is what a file of an image needs and the image does not have: found by a selection that cannot be completed,
// and by a proof.
package missing

import (
	"cmp"
	"fmt"
	"iter"
	"strings"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/text"
)

// Finding is something that a file of the image needs and the image does not have.
type Finding struct {
	Kind     Kind   `json:"kind"`
	Importer string `json:"importer"`           // absolute path in the image
	Name     string `json:"name"`               // soname, interpreter, symbol, or target of a link
	Version  string `json:"version,omitempty"`  // of a symbol, or the version that a library lacks
	Provider string `json:"provider,omitempty"` // the library that should have it
	Reason   string `json:"reason,omitempty"`
	Package  string `json:"package,omitempty"` // the Debian package that has it, where known
	Has      string `json:"has,omitempty"`     // who has the version, where known
}

// Kind is what is missing.
type Kind string

// The kinds of findings.
const (
	Library      Kind = "missing-library"
	Interpreter  Kind = "missing-interpreter" // the loader of an ELF file, or the program of a script's #!
	Version      Kind = "missing-version"
	Symbol       Kind = "missing-symbol"
	DanglingLink Kind = "dangling-link"
)

// String says the finding in one sentence without a full stop.
func (f Finding) String() string {
	var s string
	switch f.Kind {
	case Interpreter:
		what := "interpreter"
		if strings.HasPrefix(paths.Base(f.Name), "ld") {
			what = "loader"
		}
		s = fmt.Sprintf("%s needs the %s %s", f.Importer, what, f.Name)
	case Version:
		s = fmt.Sprintf("%s needs version %s of %s", f.Importer, f.Version, cmp.Or(f.Provider, f.Name))
	case Symbol:
		s = fmt.Sprintf("%s needs symbol %s", f.Importer, f.Name)
		if f.Version != "" {
			s += " of version " + f.Version
		}
		if f.Provider != "" {
			s += " from " + f.Provider
		}
	case DanglingLink:
		s = fmt.Sprintf("%s leads to %s, which is not there", f.Importer, f.Name)
	default:
		s = fmt.Sprintf("%s needs %s", f.Importer, f.Name)
	}
	if f.Reason != "" {
		s += " (" + f.Reason + ")"
	}
	if f.Package != "" {
		s += "; package " + f.Package + " has it"
	}
	if f.Has != "" {
		s += "; " + f.Has
	}
	return s
}

// Grouped says findings in lines, in their order. The symbols that one file lacks are one line.
func Grouped(findings []Finding) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i < len(findings); {
			f, first := findings[i], i
			var names []string
			for ; i < len(findings) && alike(f, findings[i]); i++ {
				names = append(names, findings[i].Name)
			}
			i = max(i, first+1) // only symbols are alike, even to themselves
			line := f.String()
			if len(names) > 1 {
				f.Name = text.Some(names)
				line = strings.Replace(f.String(), " symbol ", fmt.Sprintf(" %d symbols: ", len(names)), 1)
			}
			if !yield(line) {
				return
			}
		}
	}
}

func alike(a, b Finding) bool {
	a.Name, b.Name = "", ""
	return a == b && a.Kind == Symbol
}
