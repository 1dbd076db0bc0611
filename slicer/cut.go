package slicer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"strconv"
)

// Cut writes the files of one layer of the selection into a tree, in sorted order. Each file's bytes are checked
// against the selection as they go by, so that a cache that was changed since is an error, not an image.
func Cut(ctx context.Context, s *Selection, layer string, t Tree) error {
	for _, f := range s.files {
		if f.Layer != layer {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("cannot cut layer %s: %w", layer, err)
		}
		if err := f.write(t); err != nil {
			return fmt.Errorf("cannot cut layer %s: %w", layer, err)
		}
	}
	return nil
}

func (f *planned) write(t Tree) error {
	mode, err := f.mode()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: f.Path, Mode: mode, Linkname: f.Link, Typeflag: tar.TypeReg, Size: f.Size}
	switch f.Kind {
	case Directory:
		h.Name, h.Typeflag = f.Path+"/", tar.TypeDir
		return t.Add(h, nil)
	case Symlink:
		h.Typeflag = tar.TypeSymlink
		return t.Add(h, nil)
	}
	b := newBody(f)
	if err := t.Add(h, b); err != nil {
		return errors.Join(err, b.discard())
	}
	return b.close()
}

// mode is the file's mode as a number.
func (f *planned) mode() (int64, error) {
	mode, err := strconv.ParseInt(f.Mode, 8, 64)
	if err != nil {
		return 0, fmt.Errorf("cannot write /%s: mode %q: %w", f.Path, f.Mode, err)
	}
	return mode, nil
}
