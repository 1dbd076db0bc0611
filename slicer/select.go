package slicer

import (
	"context"

	"whittle.dev/whittle/slicer/internal/interp"
	"whittle.dev/whittle/slicer/internal/libraries"
	"whittle.dev/whittle/slicer/internal/maintscript"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
)

// Select turns a want into the list of files to cut, each with its layer and its reason. What was
// named comes first, then whatever the files that are taken need, until nothing is missing; last, what maintainer scripts
// would have generated, and the records.
// Equal wants over equal sources give equal selections, in whatever order names were given.
func Select(ctx context.Context, w Want) (*Selection, error) {
	p := newSelecting(ctx, w)
	defer p.ahead.stop()
	if err := withoutSpelling(p.Plan); err != nil {
		return nil, err
	}
	p.ahead.names()
	for _, step := range []func() error{
		p.AddNamed,
		p.addNeeds,
		p.maint.Mutate,
		p.maint.AddGenerated,
		p.fixLinks,
		p.addParents,
		p.addRecords,
		p.maint.AddUndone,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.selection()
}

// selecting is a plan and the passes that fill it.
type selecting struct {
	*resolve.Resolver
	scripts   *interp.Pass
	libraries *libraries.Pass
	maint     *maintscript.Pass
	ahead     *prefetcher
}

func newSelecting(ctx context.Context, w Want) *selecting {
	s := &selecting{}
	s.Resolver = resolve.New(plan.New(ctx, w, maintscript.Diversions), func() error { return s.ahead.commands() })
	s.scripts, s.libraries, s.maint = interp.New(s.Resolver), libraries.New(s.Resolver), maintscript.New(s.Resolver)
	s.ahead = newPrefetcher(s.Resolver, s.scripts)
	return s
}

// Selector is the type of Select, for those who take it as a value.
type Selector func(context.Context, Want) (*Selection, error)
