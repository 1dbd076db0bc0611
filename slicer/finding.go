package slicer

import (
	"cmp"
	"fmt"
	"strings"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/text"
)

// Finding is something that a file of the image needs and the image does not have.
type Finding struct {
	Kind     FindingKind `json:"kind"`
	Importer string      `json:"importer"`           // absolute path in the image
	Name     string      `json:"name"`               // soname, interpreter, symbol, or target of a link
	Version  string      `json:"version,omitempty"`  // of a symbol, or the version that a library lacks
	Provider string      `json:"provider,omitempty"` // the library that should have it
	Reason   string      `json:"reason,omitempty"`
	Package  string      `json:"package,omitempty"` // the Debian package that has it, where known
	Has      string      `json:"has,omitempty"`     // who has the version, where known
}

// FindingKind is what is missing.
type FindingKind string

// The kinds of findings.
const (
	MissingLibrary     FindingKind = "missing-library"
	MissingInterpreter FindingKind = "missing-interpreter" // the loader of an ELF file, or the program of a script's #!
	MissingVersion     FindingKind = "missing-version"
	MissingSymbol      FindingKind = "missing-symbol"
	DanglingLink       FindingKind = "dangling-link"
)

// String says the finding in one sentence without a full stop.
func (f Finding) String() string {
	var s string
	switch f.Kind {
	case MissingInterpreter:
		what := "interpreter"
		if strings.HasPrefix(paths.Base(f.Name), "ld") {
			what = "loader"
		}
		s = fmt.Sprintf("%s needs the %s %s", f.Importer, what, f.Name)
	case MissingVersion:
		s = fmt.Sprintf("%s needs version %s of %s", f.Importer, f.Version, cmp.Or(f.Provider, f.Name))
	case MissingSymbol:
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

// Note is what a proof rests on without being able to see it: symbols of a module that the program which loads it must
// bring.
type Note struct {
	Importer string   `json:"importer"`           // absolute path of the module
	Symbols  []string `json:"symbols"`            // sorted
	Provider string   `json:"provider,omitempty"` // the file of the image that has them, and must be loaded first
	Program  string   `json:"program,omitempty"`  // who loads such modules, and is not in the image
}

// String says the note in one sentence without a full stop.
func (n Note) String() string {
	what := text.Count(len(n.Symbols), "symbol") + " (" + some(n.Symbols) + ")"
	if n.Provider != "" {
		return fmt.Sprintf("%s uses %s of %s, which its program must have loaded before", n.Importer, what, n.Provider)
	}
	return fmt.Sprintf("%s is a module for %s: it uses %s of it, and no such program is here", n.Importer, n.Program, what)
}

// some names the first few of many.
func some(names []string) string {
	const few = 3
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:few], ", ") + ", …"
}

// Grouped says findings in lines, in their order. The symbols that one file lacks are one line.
func Grouped(findings []Finding) []string {
	var lines []string
	for i := 0; i < len(findings); i++ {
		f, last := findings[i], i
		var names []string
		for last < len(findings) && alike(f, findings[last]) {
			names = append(names, findings[last].Name)
			last++
		}
		if len(names) < 2 {
			lines = append(lines, f.String())
			continue
		}
		f.Name = some(names)
		lines = append(lines, strings.Replace(f.String(), " symbol ", fmt.Sprintf(" %d symbols: ", len(names)), 1))
		i = last - 1
	}
	return lines
}

func alike(a, b Finding) bool {
	a.Name, b.Name = "", ""
	return a == b && a.Kind == MissingSymbol
}
