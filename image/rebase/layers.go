package rebase

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/verify"
)

// worse proves an app's image as it is, and its layers on another run image, and tells what the second proof finds and the
// first does not. What an image lacks already is no reason against a rebase.
func worse(ctx context.Context, p image.Places, appRef string, end int, run *image.Opened) (reasons []string, err error) {
	app, err := p.Open(ctx, appRef)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	before, err := faults(ctx, app)
	if err != nil {
		return nil, err
	}
	rebased, err := p.Onto(ctx, app, end, run)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rebased.Close()) }()
	after, err := faults(ctx, rebased)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(after, func(f string) bool { return slices.Contains(before, f) }), nil
}

// faults is what verify finds of an image, a clause each, sorted by importer.
func faults(ctx context.Context, o *image.Opened) ([]string, error) {
	objects, err := inspect.Objects(o.FS)
	if err != nil {
		return nil, err
	}
	report, err := verify.Check(ctx, inspect.Proof(o, objects))
	if err != nil {
		return nil, err
	}
	loose, err := inspect.FindLoose(o.FS, report.Findings)
	if err != nil {
		return nil, err
	}
	starts, err := inspect.CannotStart(o)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, f := range loose.Findings {
		if f.Kind == missing.DanglingLink {
			all = append(all, fmt.Sprintf("it has nothing at %s, where %s leads", f.Name, f.Importer))
		} else {
			all = append(all, "on it "+f.String())
		}
	}
	for _, s := range starts {
		all = append(all, "on it "+s.String())
	}
	return all, nil
}
