package slicer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"

	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/tree"
)

// Cut writes the files of one layer of the selection into a tree, in sorted order. Each file's bytes are checked
// against the selection as they go by, so that a cache that was changed since is an error, not an image.
func Cut(ctx context.Context, s *Selection, layer string, t tree.Tree) error {
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
	b := newBody(f)
	if err := t.Add(h, b); err != nil {
		return errors.Join(err, b.discard())
	}
	return b.close()
}
