package build

import (
	"errors"
	"fmt"
	"strings"

	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/packages"
)

// Problem is an error that is told to the user: what is wrong, what shows it, and what to do next. Other errors carry
// facts; Explain turns the known ones into problems, so that advice is given in one place.
type Problem struct {
	What     string   // "cannot …", one line
	Evidence []string // a line each
	Next     string   // a sentence or two
	Err      error    // what it was made of, or nil
}

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
	return b.String()
}

func (p *Problem) Unwrap() error { return p.Err }

// programError is a program that the build ran and that failed.
type programError struct {
	Args []string
	Err  error
}

func (e *programError) Error() string {
	return fmt.Sprintf("cannot run %s: %v", strings.Join(e.Args, " "), e.Err)
}

func (e *programError) Unwrap() error { return e.Err }

// Explain makes a problem of any error.
func Explain(err error) error {
	var problem *Problem
	var missing *missing.Error
	var program *programError
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &missing):
		return incomplete(missing.Findings, err)
	case errors.Is(err, packages.ErrNoPackage):
		return &Problem{
			What:     "a Debian package that was asked for does not exist",
			Evidence: []string{err.Error()},
			Next:     "Correct the name in project.toml ([dev.whittle.build] packages, [dev.whittle.run] slices) or in BP_WHITTLE_BUILD_PACKAGES, BP_WHITTLE_SLICES.",
			Err:      err,
		}
	case errors.As(err, &program):
		return &Problem{
			What:     "a program of the build failed",
			Evidence: []string{err.Error()},
			Next:     "Its own messages are above. If a header or a library is missing, name its -dev package in project.toml, [dev.whittle.build] packages.",
			Err:      err,
		}
	}
	first, rest, _ := strings.Cut(err.Error(), "\n")
	p := &Problem{What: first, Err: err}
	if rest != "" {
		p.Evidence = []string{rest}
	}
	return p
}

// incomplete is the problem of an image whose programs would not start.
func incomplete(findings []missing.Finding, err error) *Problem {
	p := &Problem{
		What: "the image would lack something that its programs need",
		Next: "Name the Debian package in project.toml, [dev.whittle.run] slices, or the library in libraries. A library that only the build made must be part of the app.",
		Err:  err,
	}
	for _, f := range findings {
		p.Evidence = append(p.Evidence, f.String())
	}
	return p
}
