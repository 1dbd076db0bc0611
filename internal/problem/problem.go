// Package problem is how errors are told to a user.
package problem

import (
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

// Error is the problem in several lines: "ERROR: " and what, the evidence indented, and "Next: " and the next step. Nothing in
// it is obeyed by a terminal, and no address has its credentials: it goes into logs that others read.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString("\nERROR: " + p.What + "\n")
	for _, e := range p.Evidence {
		for line := range strings.SplitSeq(strings.TrimRight(e, "\n"), "\n") {
			b.WriteString("  " + line + "\n")
		}
	}
	if p.Next != "" {
		b.WriteString("Next: " + p.Next + "\n")
	}
	return terminal.WithoutPasswords(terminal.Text(b.String()))
}

// Unwrap returns what the problem was made of.
func (p *Problem) Unwrap() error { return p.Err }
