package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/slicer"
)

// write puts the selections where the command line says.
func (c *cut) write(ctx context.Context, floor *slicer.Floor, cuts []*slicer.Selection) error {
	fill := func(s *slicer.Selection) func(slicer.Tree) error {
		return func(t slicer.Tree) error { return fillTree(ctx, s, floor, t) }
	}
	switch dir, oci := strings.CutPrefix(c.output, "oci:"); {
	case c.root != "":
		return writeRoot(c.root, fill(cuts[0]))
	case !oci:
		return writeTar(c.output, fill(cuts[0]))
	default:
		return withWork(func(work *os.Root) error {
			var built []image.Built
			for _, s := range cuts {
				img, err := image.OfTree(work, s.Arch, "whittle cut", fill(s))
				if err != nil {
					return err
				}
				built = append(built, image.Built{Arch: s.Arch, Image: img})
			}
			return image.WriteLayout(dir, built, nil)
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

// fillTree writes a whole tree: every layer at its place, the loader's cache and the manifest.
func fillTree(ctx context.Context, s *slicer.Selection, floor *slicer.Floor, t slicer.Tree) error {
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
		home, name = below(t, floor, slicer.LayerLoader), slicer.LoaderCachePath
	}
	if cache != nil {
		if err := addFile(home, name, cache); err != nil {
			return err
		}
	}
	if floor == nil {
		packed, err := image.PackManifest(image.RootManifest(&s.Manifest))
		if err != nil {
			return err
		}
		return addFile(t, image.RunManifest, packed)
	}
	var text bytes.Buffer
	if err := s.Manifest.Encode(&text); err != nil {
		return err
	}
	return addFile(below(t, floor, slicer.LayerManifest), image.AppManifest, text.Bytes())
}

func addFile(t slicer.Tree, name string, body []byte) error {
	return t.Add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(body))}, bytes.NewReader(body))
}

// below is the tree in which a layer's paths are told: the layer's directory on a run image, the root itself without.
func below(t slicer.Tree, floor *slicer.Floor, layer string) slicer.Tree {
	if floor == nil {
		return t
	}
	return subtree{t, strings.TrimPrefix(slicer.LayerPath(layer, ""), "/")}
}

// subtree is a directory of a tree.
type subtree struct {
	slicer.Tree
	prefix string // with a slash at its end
}

func (s subtree) Add(h *tar.Header, body io.Reader) error {
	moved := *h
	moved.Name = s.prefix + h.Name
	return s.Tree.Add(&moved, body)
}

// writeRoot fills a directory. One that does not exist yet appears when it is complete; one that does is written into,
// because it may be a mount.
func writeRoot(dir string, fill func(slicer.Tree) error) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fillRoot(dir, fill)
	}
	up := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(up, 0o755); err != nil {
		return fmt.Errorf("cannot make %s: %w", up, err)
	}
	fresh, err := os.MkdirTemp(up, ".whittle-*")
	if err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	if err := fillRoot(fresh, fill); err != nil {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	return nil
}

func fillRoot(dir string, fill func(slicer.Tree) error) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot open root: %w", err)
	}
	return closeAll(fill(slicer.NewDir(root)), root)
}

// writeTar writes a tar, which appears under its name when it is complete.
func writeTar(name string, fill func(slicer.Tree) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".whittle-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer os.Remove(f.Name())
	t := slicer.NewTar(f)
	if err := fill(t); err != nil {
		return closeAll(err, f)
	}
	if err := closeAll(nil, t, f); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	if err := errors.Join(os.Chmod(f.Name(), 0o644), os.Rename(f.Name(), name)); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}
