package slicer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/tree"
)

// Cut writes the files of one layer of the selection into a tree, in sorted order. Each file's bytes are checked
// against the selection as they go by, so that a cache that was changed since is an error, not an image.
func Cut(ctx context.Context, s *Selection, layer string, t tree.Tree) error {
	if shares, ok := t.(interface{ Shares() bool }); ok && shares.Shares() {
		ctx, stop := context.WithCancel(ctx)
		defer checkAhead(ctx, s.files, layer).Wait()
		defer stop()
	}
	for _, f := range s.files {
		if f.Layer != layer {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("cannot cut layer %s: %w", layer, err)
		}
		if err := write(t, f); err != nil {
			return fmt.Errorf("cannot cut layer %s: %w", layer, err)
		}
	}
	return nil
}

// checkAhead reads the files that a tree will share with the store, on all processors: each is read before it is shared, and one
// processor alone would make the cut wait for it. What a file turns out to be shows when it is shared.
func checkAhead(ctx context.Context, files []*plan.File, layer string) *sync.WaitGroup {
	var group sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(files) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if f := files[i]; f.Layer == layer && f.Kind == tree.File {
					newBody(f).checkAhead()
				}
			}
		})
	}
	return &group
}

// write adds one file to a tree.
func write(t tree.Tree, f *plan.File) error {
	mode, err := f.ModeBits()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: f.Path, Mode: mode, Linkname: f.Link, Typeflag: tar.TypeReg, Size: f.Size}
	switch f.Kind {
	case tree.Directory:
		h.Name, h.Typeflag = f.Path+"/", tar.TypeDir
		return t.Add(h, nil)
	case tree.Symlink:
		h.Typeflag = tar.TypeSymlink
		return t.Add(h, nil)
	}
	if f.HardLink != "" {
		h.Typeflag, h.Linkname = tar.TypeLink, f.HardLink
	}
	b := newBody(f)
	if err := t.Add(h, b); err != nil {
		return errors.Join(err, b.discard())
	}
	return b.close()
}
