package image

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/verify"
)

// worse proves an app's image as it is, and its layers on another run image, and tells what the second proof finds and the
// first does not. What an image lacks already is no reason against a rebase.
func (p Places) worse(ctx context.Context, appRef string, end int, run *Opened) (reasons []string, err error) {
	app, err := p.Open(ctx, appRef)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	before, err := app.faults(ctx)
	if err != nil {
		return nil, err
	}
	rebased, err := p.onto(ctx, app, end, run)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rebased.Close()) }()
	after, err := rebased.faults(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(after, func(f string) bool { return slices.Contains(before, f) }), nil
}

// onto lays an app's own layers over those of a run image: what a rebase makes, without writing it anywhere.
func (p Places) onto(ctx context.Context, app *Opened, end int, run *Opened) (*Opened, error) {
	below, err := run.Image.Layers()
	if err != nil {
		return nil, err
	}
	own, err := app.Image.Layers()
	if err != nil {
		return nil, err
	}
	layers := slices.Concat(below, own[end:])
	diffs := slices.Concat(run.Config.RootFS.DiffIDs, app.Config.RootFS.DiffIDs[end:])
	packed, err := bothPacked(app, run)
	if err != nil {
		return nil, err
	}
	config := app.Config.DeepCopy()
	config.RootFS.DiffIDs = diffs
	o := &Opened{Ref: app.Ref, Config: config}
	return o, p.fill(ctx, o, packed, func(m *merger) error { return addLayers(ctx, m, layers, diffs, isStored(app.Ref) && isStored(run.Ref)) })
}

// bothPacked is how many bytes two images came in; negative where that is not known of one.
func bothPacked(a, b *Opened) (int64, error) {
	first, err := packedSize(a.Ref, a.Image)
	if err != nil {
		return 0, err
	}
	second, err := packedSize(b.Ref, b.Image)
	if err != nil || first < 0 || second < 0 {
		return -1, err
	}
	return first + second, nil
}

// faults is what verify finds of an image, a clause each, sorted by importer.
func (o *Opened) faults(ctx context.Context) ([]string, error) {
	objects, err := Objects(o.FS)
	if err != nil {
		return nil, err
	}
	report, err := verify.Check(ctx, o.Proof(objects))
	if err != nil {
		return nil, err
	}
	loose, err := FindLoose(o.FS)
	if err != nil {
		return nil, err
	}
	starts, err := o.CannotStart()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, f := range slices.Concat(report.Findings, loose.Findings) {
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
