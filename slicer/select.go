package slicer

import (
	"context"
	"errors"

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
func Select(ctx context.Context, w Want) (*Selection, error) { return SelectCompiled(ctx, w, nil) }

// Compilation is how data of packages is compiled by programs of the cut, and Compiled a file that comes out of it.
type (
	Compilation = maintscript.Compilation
	Compiled    = maintscript.Compiled
)

// Compiler compiles data in a root of a selection. An error that says why a program failed is a *NotCompiled; any other ends the
// selection.
type Compiler func(ctx context.Context, s *Selection, c *Compilation) ([]Compiled, error)

// NotCompiled is why a program of a cut did not compile its data. The cut goes on without.
type NotCompiled struct{ Reason string }

func (e *NotCompiled) Error() string { return "cannot compile data: " + e.Reason }

// SelectCompiled is Select with the data that maintainer scripts would compile by programs of the cut; nil compiles none. Equal wants
// give equal selections as far as the programs do.
func SelectCompiled(ctx context.Context, w Want, compile Compiler) (*Selection, error) {
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
		func() error { return p.compile(ctx, compile) },
		p.addLoaderDirs,
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

// compile has data compiled in what is selected so far.
func (p *selecting) compile(ctx context.Context, compile Compiler) error {
	if compile == nil {
		return nil
	}
	all := p.maint.Compilations()
	if len(all) == 0 {
		return nil
	}
	s, err := p.selection()
	if err != nil {
		return err
	}
	for _, c := range all {
		made, err := compile(ctx, s, c)
		var failed *NotCompiled
		if errors.As(err, &failed) {
			p.maint.NotCompiled(c, failed.Reason)
			continue
		}
		if err != nil {
			return err
		}
		if err := p.maint.AddCompiled(c, made); err != nil {
			return err
		}
	}
	return nil
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
