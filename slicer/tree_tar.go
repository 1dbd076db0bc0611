package slicer

import (
	"archive/tar"
	"fmt"
	"io"
	"strings"
	"time"
)

// Tar is a Tree that lands in a tar stream, the form of an image layer. Its bytes depend on the entries alone: owner
// 0:0 without names, one fixed time, parents added where the cut has none.
type Tar struct {
	w    *tar.Writer
	dirs map[string]bool
}

// NewTar returns a tree that writes a tar stream to w.
func NewTar(w io.Writer) *Tar { return &Tar{w: tar.NewWriter(w), dirs: map[string]bool{}} }

// layerTime stamps every entry: the instant that the lifecycle stamps layers with too.
var layerTime = time.Date(1980, time.January, 1, 0, 0, 1, 0, time.UTC)

// Add writes one entry.
func (t *Tar) Add(h *tar.Header, body io.Reader) error {
	name := strings.TrimSuffix(h.Name, "/")
	if !cleanPath(name) {
		return fmt.Errorf("cannot write %q: not a clean relative path", h.Name)
	}
	if err := t.parents(parent(name)); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeDir {
		return t.dir(name, h.Mode)
	}
	out := &tar.Header{Typeflag: h.Typeflag, Name: name, Linkname: h.Linkname, Mode: h.Mode, Size: h.Size, ModTime: layerTime}
	if err := t.w.WriteHeader(out); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	if h.Typeflag != tar.TypeReg {
		return nil
	}
	n, err := io.Copy(t.w, body)
	if err == nil && n != h.Size {
		err = fmt.Errorf("%d bytes instead of %d", n, h.Size)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

// Close ends the stream.
func (t *Tar) Close() error { return t.w.Close() }

func (t *Tar) parents(dir string) error {
	if dir == "" || t.dirs[dir] {
		return nil
	}
	if err := t.parents(parent(dir)); err != nil {
		return err
	}
	return t.dir(dir, 0o755)
}

func (t *Tar) dir(name string, mode int64) error {
	if t.dirs[name] {
		return nil
	}
	t.dirs[name] = true
	h := &tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, ModTime: layerTime}
	if err := t.w.WriteHeader(h); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}
