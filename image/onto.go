package image

import (
	"context"
	"slices"

	"whittle.dev/whittle/image/layerfs"
)

// Onto lays an app's own layers, those from end on, over the layers of a run image: what a rebase makes, without writing it anywhere.
func (p Places) Onto(ctx context.Context, app *Opened, end int, run *Opened) (*Opened, error) {
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
	return o, p.fill(ctx, o, packed, func(m *layerfs.Merger) error {
		return addLayers(ctx, m, layers, diffs, isStored(app.Ref) && isStored(run.Ref))
	})
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
