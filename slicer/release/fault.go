package release

import (
	"strings"
)

// Fault is something wrong with a slice definition.
type Fault struct {
	Kind  FaultKind `json:"kind"`
	Slice string    `json:"slice,omitempty"` // the slice, or the package where the whole definition is at fault
	Path  string    `json:"path,omitempty"`  // the path or glob of the definition
	Arch  string    `json:"arch,omitempty"`
	At    string    `json:"at,omitempty"` // file:line below the release
	Text  string    `json:"text"`
}

// FaultKind is what is wrong.
type FaultKind string

// The kinds of faults.
const (
	FaultRelease FaultKind = "release"    // definitions that do not go together, or that cannot be read
	FaultPackage FaultKind = "no-package" // the archive has no such package
	FaultContent FaultKind = "no-content" // no member of the package is at the path or matches the glob
	FaultCut     FaultKind = "no-cut"     // the slice alone cannot be cut
	FaultProof   FaultKind = "incomplete" // cut alone, the slice lacks what its ELF files need
)

// String says the fault in one line, beginning with where it is.
func (f Fault) String() string {
	var b strings.Builder
	if f.At != "" {
		b.WriteString(f.At + ": ")
	}
	if f.Slice != "" {
		b.WriteString(f.Slice + ": ")
	}
	b.WriteString(f.Text)
	if f.Arch != "" {
		b.WriteString(" (" + f.Arch + ")")
	}
	return b.String()
}

// Faults checks the definitions of a release against each other.
func Faults(r *Release) []Fault {
	return FaultsOf(r.Validate())
}

// FaultsOf are the faults that an error of Open, ReadAll or Validate joins; none of nil.
func FaultsOf(err error) []Fault {
	if err == nil {
		return nil
	}
	problems := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		problems = joined.Unwrap()
	}
	var faults []Fault
	for _, p := range problems {
		faults = append(faults, Fault{Kind: FaultRelease, Text: p.Error()})
	}
	return faults
}
