package tree

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"whittle.dev/whittle/internal/paths"
)

// Tar is a Tree that lands in a tar stream, the form of an image layer. Its bytes depend on the entries alone: owner
// 0:0 without names, one fixed time, parents added where the cut has none.
type Tar struct {
	w     *tar.Writer
	dirs  map[string]bool // directories that were written
	other map[string]byte // files and links that were written, with their types
}

// NewTar returns a tree that writes a tar stream to w.
func NewTar(w io.Writer) *Tar {
	return &Tar{w: tar.NewWriter(w), dirs: map[string]bool{}, other: map[string]byte{}}
}

// LayerTime stamps every entry: the instant that the lifecycle stamps layers with too.
var LayerTime = time.Date(1980, time.January, 1, 0, 0, 1, 0, time.UTC)

// Add writes one entry. An entry below a link or a file of the same stream is an error: whoever unpacks the layer would
// follow the link. So is a path that was written before, where a directory would meet a file.
func (t *Tar) Add(h *tar.Header, body io.Reader) error {
	name := strings.TrimSuffix(h.Name, "/")
	if !paths.IsClean(name) {
		return fmt.Errorf("cannot write %q: not a clean relative path", h.Name)
	}
	if err := t.parents(paths.Parent(name)); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeDir {
		return t.dir(name, h.Mode)
	}
	switch {
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeSymlink && h.Typeflag != tar.TypeLink:
		return fmt.Errorf("cannot write %s: entries of type %q are not written", name, h.Typeflag)
	case h.Typeflag == tar.TypeLink && t.other[h.Linkname] != tar.TypeReg:
		return fmt.Errorf("cannot write %s: it is a hard link to %s, and no such file was written before", name, h.Linkname)
	case t.dirs[name]:
		return fmt.Errorf("cannot write %s: a directory is in the way", name)
	case t.other[name] != 0:
		return fmt.Errorf("cannot write %s: it was written before", name)
	}
	t.other[name] = h.Typeflag
	out := &tar.Header{Typeflag: h.Typeflag, Name: name, Linkname: h.Linkname, Mode: h.Mode, ModTime: LayerTime}
	if h.Typeflag == tar.TypeReg {
		out.Size = h.Size
	}
	if err := t.w.WriteHeader(out); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	if h.Typeflag != tar.TypeReg {
		return nil
	}
	n, err := io.Copy(t.w, io.LimitReader(body, h.Size))
	if err == nil && n == h.Size {
		n, err = io.CopyN(io.Discard, body, 1)
		if n += h.Size; errors.Is(err, io.EOF) {
			err = nil // as it should be
		}
	}
	if err == nil && n != h.Size {
		err = wrongSize(n, h.Size)
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
	if err := t.parents(paths.Parent(dir)); err != nil {
		return err
	}
	return t.dir(dir, 0o755)
}

func (t *Tar) dir(name string, mode int64) error {
	if t.dirs[name] {
		return nil
	}
	if t.other[name] != 0 {
		return fmt.Errorf("cannot write %s: a file or link is in the way", name)
	}
	t.dirs[name] = true
	h := &tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, ModTime: LayerTime}
	if err := t.w.WriteHeader(h); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}
