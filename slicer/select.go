package slicer

import (
	"context"
	"fmt"
)

// Select turns a want into the list of files to cut, each with its layer and its reason. The steps are those of the
// design: what was named, what the named packages depend on, the interpreters of scripts, the names that
// update-alternatives would make, what maintainer scripts would have generated, then the closure of every ELF file.
// Equal wants over equal sources give equal selections, in whatever order names were given.
func Select(ctx context.Context, w Want) (*Selection, error) {
	p := newPlan(ctx, w)
	for _, step := range []func() error{
		p.addNamed,
		p.addInterpreters,
		p.addAlternatives,
		p.addClosure,
		p.mutate,
		p.addGenerated,
		p.fixLinks,
		p.addRecords,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.finish()
}

// MissingError says that a closure cannot be completed.
type MissingError struct{ Findings []Finding }

func (e *MissingError) Error() string {
	if len(e.Findings) == 1 {
		return "cannot complete the closure: " + e.Findings[0].String()
	}
	return fmt.Sprintf("cannot complete the closure: %s, and %d more", e.Findings[0], len(e.Findings)-1)
}

// Selector is the type of Select, for those who take it as a value.
type Selector func(context.Context, Want) (*Selection, error)
