// Package problem is how errors are told to a user.
package problem

import (
	"fmt"
	"strings"

	"whittle.dev/whittle/internal/terminal"
)

// Problem is an error that is told to the user: what is wrong, what shows it, and what to do next. Other errors
// only say what happened, for whoever makes a problem of them.
type Problem struct {
	What     string   // "cannot …", one line
	Evidence []string // a line each
	Next     string   // a sentence or two
	Err      error    // what it was made of, or nil
}

// maxLines and maxLine bound what is shown of the evidence: lines, and bytes of each. Files of an app that are quoted may be large.
const (
	maxLines = 200
	maxLine  = 4 << 10
)

// Error is the problem in several lines: "ERROR: " and what, the evidence indented, and "Next: " and the next step. Nothing in
// it is obeyed by a terminal, and no address has its credentials: it goes into logs that others read.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString("\nERROR: " + p.What + "\n")
	lines := 0
	for _, e := range p.Evidence {
		for line := range strings.SplitSeq(strings.TrimRight(e, "\n"), "\n") {
			if lines++; lines <= maxLines {
				b.WriteString("  " + line + "\n")
			}
		}
	}
	if lines > maxLines {
		fmt.Fprintf(&b, "  … and %d lines more\n", lines-maxLines)
	}
	if p.Next != "" {
		b.WriteString("Next: " + p.Next + "\n")
	}
	return terminal.Short(terminal.WithoutPasswords(terminal.Text(b.String())), maxLine)
}

// Unwrap returns what the problem was made of.
func (p *Problem) Unwrap() error { return p.Err }
