package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// selectionFlags are those that say what is selected.
func (c *cut) selectionFlags(cmd *cobra.Command) {
	c.origin.flags(cmd, c.tool)
	f := cmd.Flags()
	f.StringSliceVar(&c.arches, "arch", []string{machineArch()}, "Debian's `names` of the architectures")
	f.StringVar(&c.floor, "floor", "", "the run image's floor `file`: cut only what it lacks")
	f.StringVar(&c.app, "app", "", "cut the libraries that the programs in `DIR[:PATH]` need, which will be at PATH")
}

// want is what all architectures have in common, but for the definitions, which are read when somebody asks for them.
func (c *cut) want() (w slicer.Want, err error) {
	if c.release != noRelease {
		if _, err := c.files(); err != nil { // before the archive is asked for anything
			return w, err
		}
	}
	if err := c.noteDistribution(c.progress()); err != nil {
		return w, err
	}
	if w.Floor, err = readFloor(c.floor); err != nil {
		return w, err
	}
	w.ReleaseName = path.Base(filepath.ToSlash(c.release))
	if w.Floor == nil {
		w.ClosureLayer = contract.LayerSlices // a root has one layer
	}
	return w, nil
}

// commandLine is who asks for a name that the user gave.
const commandLine = "the command line"

func asked(names []string) []slicer.Named {
	var named []slicer.Named
	for _, n := range names {
		named = append(named, slicer.Named{Name: n, By: commandLine, Kind: manifest.Asked})
	}
	return named
}

// opened is what a selection reads from; it must stay open until the selection is cut.
type opened struct {
	*packages.Archive
	app func() error
}

func (o *opened) Close() error { return errors.Join(o.app(), o.Archive.Close()) }

// selection selects for one architecture, as the lock says if --lock names one.
func (c *cut) selection(ctx context.Context, w slicer.Want) (*slicer.Selection, *opened, error) {
	lock, err := c.givenLock()
	if err != nil {
		return nil, nil, err
	}
	from := &opened{app: func() error { return nil }}
	if c.app != "" {
		if from.app, err = addApp(ctx, &w, c.app); err != nil {
			return nil, nil, err
		}
	}
	if from.Archive, err = c.archive(ctx, w.Arch, c.progress()); err != nil {
		return nil, nil, errors.Join(err, from.app())
	}
	s, err := c.selected(ctx, w, from.Archive, lock)
	if err == nil {
		err = c.noteUnfollowed(s, c.progress())
	}
	if err != nil {
		return nil, nil, errors.Join(err, from.Close())
	}
	return s, from, nil
}

// selected selects from an archive.
func (c *cut) selected(ctx context.Context, w slicer.Want, from *packages.Archive, lock *lock.Lock) (*slicer.Selection, error) {
	if lock == nil && c.cached && !c.compile.on() {
		return slicer.SelectCached(ctx, from, w, c.basis, c.checked)
	}
	var err error
	if w.Release, err = c.checked(); err != nil {
		return nil, err
	}
	selecting, done := slicer.Select, func() error { return nil }
	if c.compile.on() && !c.dry {
		selecting, done = c.compiling()
	}
	if lock == nil {
		w.Sources = []packages.Source{from}
		s, err := selecting(ctx, w)
		return s, errors.Join(err, done())
	}
	w.Sources = []packages.Source{lock.Pin(w.Arch, from)}
	s, err := selecting(ctx, w)
	if err := errors.Join(err, done()); err != nil {
		return nil, err
	}
	return s, lock.Check(s)
}

// addApp adds the ELF files and the scripts of DIR[:PATH] to the want; PATH is /NAME of the directory where it is left
// out. They can be read until the answer is called.
func addApp(ctx context.Context, w *slicer.Want, arg string) (func() error, error) {
	dir, at, ok := strings.Cut(arg, ":")
	if !ok {
		full, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("cannot find the app: %w", err)
		}
		at = "/" + filepath.Base(full)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, about(givenApp, fmt.Errorf("cannot find the app: %w", err))
	}
	o, err := image.Places{}.Open(ctx, dir)
	if err != nil {
		return nil, about(givenApp, err)
	}
	if w.Objects, err = slicer.FindObjects(o.FS, at); err != nil {
		return nil, closeAll(err, o)
	}
	if w.Links, err = slicer.FindLinks(o.FS, at); err != nil {
		return nil, closeAll(err, o)
	}
	if w.Scripts, err = slicer.FindScripts(o.FS, at); err != nil {
		return nil, closeAll(err, o)
	}
	return o.Close, nil
}
