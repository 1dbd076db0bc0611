package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"strings"
)

// Bounds of what is read from an image. They are far above real images, and keep a hostile one from filling memory or
// disk.
const (
	maxEntries = 2_000_000
	maxName    = 8 << 10
	maxBodies  = 64 << 30
)

// The marks of image-spec's layer format that take files of lower layers away.
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// merger lays layers over each other, as an overlay mount does. Bodies of regular files go to one file, one after the
// other, where they are read from on demand.
type merger struct {
	root    *node
	file    *os.File
	end     int64
	entries int
}

func newMerger(file *os.File) *merger { return &merger{root: newDir(".", 0), file: file} }

func newDir(name string, layer int32) *node {
	return &node{name: name, mode: fs.ModeDir | 0o755, layer: layer, children: map[string]*node{}}
}

// add lays one layer's tar over what is there.
func (m *merger) add(r io.Reader, layer int) error {
	if layer > math.MaxInt32 {
		return errors.New("too many layers")
	}
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.entries++; m.entries > maxEntries {
			return fmt.Errorf("it has more than %d entries", maxEntries)
		}
		if err := m.entry(h, t, int32(layer)); err != nil {
			return err
		}
	}
}

func (m *merger) entry(h *tar.Header, body io.Reader, layer int32) error {
	if len(h.Name) > maxName || len(h.Linkname) > maxName {
		return fmt.Errorf("entry %.60q… has a name of more than %d bytes", h.Name, maxName)
	}
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	// Rooting the path first makes ".." members harmless: they stay in the image, as in the kernel.
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	if name == "" {
		return nil
	}
	dir, base := path.Split(name)
	up := m.dir(path.Clean(dir), layer)
	if base == opaque {
		hide(up, layer)
		return nil
	}
	if gone, ok := strings.CutPrefix(base, whiteout); ok {
		remove(up, gone, layer)
		return nil
	}
	return m.put(up, base, h, body, layer)
}

func (m *merger) put(up *node, base string, h *tar.Header, body io.Reader, layer int32) error {
	n := &node{name: base, mode: h.FileInfo().Mode(), layer: layer}
	switch h.Typeflag {
	case tar.TypeDir:
		n.children = map[string]*node{}
		if old := up.children[base]; old != nil && old.isDir() {
			n.children = old.children
		}
	case tar.TypeReg:
		n.offset, n.size = m.end, h.Size
		if err := m.copy(body, h); err != nil {
			return err
		}
	case tar.TypeSymlink:
		n.link = h.Linkname
	case tar.TypeLink:
		old, err := m.lookup(h.Linkname)
		if err != nil {
			return fmt.Errorf("hard link %s leads to %s, which is not there", h.Name, h.Linkname)
		}
		n.mode, n.size, n.offset, n.link = old.mode, old.size, old.offset, old.link
	}
	up.children[base] = n
	return nil
}

func (m *merger) copy(body io.Reader, h *tar.Header) error {
	if m.end+h.Size > maxBodies {
		return fmt.Errorf("it holds more than %d bytes", int64(maxBodies))
	}
	n, err := io.Copy(m.file, body)
	m.end += n
	if err != nil {
		return fmt.Errorf("cannot keep %s: %w", h.Name, err)
	}
	return nil
}

// lookup finds a hard link's target, which is named without following links.
func (m *merger) lookup(name string) (*node, error) {
	n := m.root
	for _, part := range parts(path.Clean("/" + name)) {
		next, ok := n.children[part]
		if !ok {
			return nil, fs.ErrNotExist
		}
		n = next
	}
	if n.isDir() {
		return nil, fs.ErrInvalid
	}
	return n, nil
}

// dir returns the directory of a layer's entry. A parent that the layer does not name is a directory all the same, also
// where a lower layer has a link of that name: in an overlay the upper directory hides the link.
func (m *merger) dir(name string, layer int32) *node {
	n := m.root
	for _, part := range parts(name) {
		next := n.children[part]
		if next == nil || !next.isDir() {
			next = newDir(part, layer)
			n.children[part] = next
		}
		n = next
	}
	return n
}

// hide takes away what lower layers have in a directory, at any depth.
func hide(dir *node, layer int32) {
	for name, n := range dir.children {
		if n.isDir() {
			hide(n, layer)
		}
		if n.layer < layer && len(n.children) == 0 {
			delete(dir.children, name)
		}
	}
}

// remove takes away a file of lower layers. A whiteout says nothing of its own layer, in which the order of entries
// means nothing, so what this layer has put there stays.
func remove(dir *node, name string, layer int32) {
	n := dir.children[name]
	if n == nil {
		return
	}
	if n.isDir() {
		hide(n, layer)
	}
	if n.layer < layer && len(n.children) == 0 {
		delete(dir.children, name)
	}
}

// FS is the merged file system.
func (m *merger) FS() *FS { return &FS{root: m.root, store: fileBodies{m.file}} }

type fileBodies struct{ file *os.File }

func (b fileBodies) body(n *node) (io.ReaderAt, io.Closer, error) {
	return io.NewSectionReader(b.file, n.offset, n.size), nil, nil
}
