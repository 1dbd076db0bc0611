package slicer

import (
	"context"
	"fmt"
)

// Select turns a want into the list of files to cut, each with its layer and its reason. What was
// named comes first, then whatever the files that are taken need, until nothing is missing; last, what maintainer scripts
// would have generated, and the records.
// Equal wants over equal sources give equal selections, in whatever order names were given.
func Select(ctx context.Context, w Want) (*Selection, error) {
	p := newSelecting(ctx, w)
	defer p.ahead.stop()
	p.ahead.names()
	for _, step := range []func() error{
		p.addNamed,
		p.complete,
		p.maint.mutate,
		p.maint.addGenerated,
		p.fixLinks,
		p.addRecords,
		p.maint.addUndone,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.finish()
}

// selecting is a plan and the passes that fill it.
type selecting struct {
	*resolver
	scripts   *interpPass
	libraries *libraryPass
	maint     *maintPass
	ahead     *prefetcher
}

func newSelecting(ctx context.Context, w Want) *selecting {
	s := &selecting{}
	s.resolver = newResolver(newPlan(ctx, w, diversions), func() error { return s.ahead.commands() })
	s.scripts, s.libraries, s.maint = newInterpPass(s.resolver), newLibraryPass(s.resolver), newMaintPass(s.resolver)
	s.ahead = newPrefetcher(s.resolver, s.scripts)
	return s
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
