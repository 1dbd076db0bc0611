package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/slicer"
)

// selection selects for one architecture. The archive must stay open until the selection is cut.
func (c *cut) selection(ctx context.Context, w slicer.Want, names []string) (*slicer.Selection, func() error, error) {
	for _, n := range names {
		w.Names = append(w.Names, slicer.Named{Name: n, By: "the command line", Kind: slicer.Asked})
	}
	if w.Floor == nil {
		w.ClosureLayer = slicer.LayerSlices // a root has one layer
	}
	closeApp := func() error { return nil }
	if c.app != "" {
		objects, closer, err := appObjects(ctx, c.app)
		if err != nil {
			return nil, nil, err
		}
		w.Objects, closeApp = objects, closer
	}
	a, err := c.archive(ctx, w.Arch, w.Progress)
	if err != nil {
		return nil, nil, errors.Join(err, closeApp())
	}
	w.Sources = []slicer.Source{a}
	s, err := slicer.Select(ctx, w)
	if err != nil {
		return nil, nil, errors.Join(err, closeApp(), a.Close())
	}
	s.Release = path.Base(filepath.ToSlash(c.release))
	return s, func() error { return errors.Join(closeApp(), a.Close()) }, nil
}

// appObjects lists the ELF files of DIR[:PATH]; PATH is /NAME of the directory where it is left out.
func appObjects(ctx context.Context, arg string) ([]slicer.Object, func() error, error) {
	dir, at, ok := strings.Cut(arg, ":")
	if !ok {
		full, err := filepath.Abs(dir)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot find the app: %w", err)
		}
		at = "/" + filepath.Base(full)
	}
	o, err := image.Places{}.Open(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	objects, err := image.Objects(o.FS)
	if err != nil {
		return nil, nil, closeAll(err, o)
	}
	for i := range objects {
		objects[i].Path = path.Join("/", at, objects[i].Path)
	}
	return objects, o.Close, nil
}
