package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/image/write"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/rootfs"
	"whittle.dev/whittle/slicer/tree"
)

// write puts the selections where the command line says.
func (c *cut) write(ctx context.Context, floor *contract.Floor, cuts []*slicer.Selection) error {
	fill := func(s *slicer.Selection) func(tree.Tree) error {
		return func(t tree.Tree) error { return fillTree(ctx, s, floor, t, c.app != "") }
	}
	switch dir, oci := strings.CutPrefix(c.output, "oci:"); {
	case c.root != "":
		into := tree.NewSharedDir
		if c.copied {
			into = tree.NewDir
		}
		return writeRoot(c.root, into, fill(cuts[0]))
	case c.output == "-":
		return writeTarTo(c.data, "stdout", fill(cuts[0]))
	case !oci:
		return writeTar(c.output, fill(cuts[0]))
	default:
		return withWork(func(work *os.Root) error {
			var built []write.Built
			for _, s := range cuts {
				img, err := write.ImageOfTree(work, s.Arch, "whittle cut", fill(s))
				if err != nil {
					return err
				}
				built = append(built, write.Built{Arch: s.Arch, Image: img})
			}
			return write.Layout(dir, built, nil)
		})
	}
}

// withWork runs do with a directory that is gone afterwards.
func withWork(do func(*os.Root) error) error {
	dir, err := os.MkdirTemp("", "whittle-*")
	if err != nil {
		return fmt.Errorf("cannot make a work directory: %w", err)
	}
	defer os.RemoveAll(dir)
	work, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot open the work directory: %w", err)
	}
	return closeAll(do(work), work)
}

// fillTree writes a whole tree: every layer at its place, the loader's cache and the manifest. Whether an app comes into a root
// matters where the cut has no program of its own.
func fillTree(ctx context.Context, s *slicer.Selection, floor *contract.Floor, t tree.Tree, hasApp bool) error {
	for _, layer := range s.Layers() {
		if err := slicer.Cut(ctx, s, layer, below(t, floor, layer)); err != nil {
			return err
		}
	}
	cache, err := slicer.LoaderCache(s)
	if err != nil {
		return err
	}
	home, name := t, "etc/ld.so.cache"
	if floor != nil {
		home, name = below(t, floor, contract.LayerLoader), slicer.LoaderCachePath
	}
	if cache != nil {
		if err := tree.AddFile(home, name, cache); err != nil {
			return err
		}
	}
	if floor == nil {
		return finishRoot(s, t, hasApp)
	}
	var text bytes.Buffer
	if err := s.Encode(&text); err != nil {
		return err
	}
	return tree.AddFile(below(t, floor, contract.LayerManifest), inspect.AppManifest, text.Bytes())
}

// finishRoot writes what a root has beside the cut, and the manifest.
func finishRoot(s *slicer.Selection, t tree.Tree, hasApp bool) error {
	programs, err := s.HasProgram()
	if err != nil {
		return err
	}
	made := rootfs.Basics(s.Files, programs || hasApp)
	if err := rootfs.Add(t, made); err != nil {
		return err
	}
	packed, err := write.Manifest(rootfs.WithFiles(&s.Manifest, made))
	if err != nil {
		return err
	}
	return tree.AddFile(t, contract.RunManifest, packed)
}

// below is the tree in which a layer's paths are told: the layer's directory on a run image, the root itself without.
func below(t tree.Tree, floor *contract.Floor, layer string) tree.Tree {
	return tree.Part(t, strings.Trim(floor.At(layer, ""), "/"))
}
