package layerfs

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"slices"
	"strings"
)

// The marks of image-spec's layer format that take files of lower layers away.
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// Merger lays layers over each other, as an overlay mount does. Bodies of regular files go to one file, one after the
// other, where they are read from on demand.
type Merger struct {
	root   *node
	file   *os.File
	end    int64
	budget budget
	buffer []byte // of copy
}

// NewMerger returns a merger of the layers of what came in so many bytes, packed; negative where that is not known. The bodies go to file,
// which must be open as long as the merged files are read.
func NewMerger(file *os.File, packed int64) *Merger {
	return &Merger{root: newDir(".", 0), file: file, budget: newBudget(packed), buffer: make([]byte, 64*block)}
}

func newDir(name string, layer int32) *node {
	return &node{name: name, mode: fs.ModeDir | 0o755, layer: layer, children: map[string]*node{}}
}

// Add lays one layer's tar over what is there. Layers are counted from 0.
func (m *Merger) Add(r io.Reader, layer int) error {
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
		if err := m.budget.file(costOf(h)); err != nil {
			return err
		}
		if err := m.entry(h, t, int32(layer)); err != nil {
			return err
		}
	}
}

// costOf is what an entry takes beside entryCost. A link is listed by its name and its target, and so is what leads nowhere.
func costOf(h *tar.Header) int {
	if h.Typeflag == tar.TypeSymlink {
		return linkCost + 2*(len(h.Name)+len(h.Linkname))
	}
	return len(h.Name) + len(h.Linkname)
}

func (m *Merger) entry(h *tar.Header, body io.Reader, layer int32) error {
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
	up, err := m.dir(path.Clean(dir), layer)
	if err != nil {
		return err
	}
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

func (m *Merger) put(up *node, base string, h *tar.Header, body io.Reader, layer int32) error {
	base = strings.Clone(base) // the whole name is not kept for it
	n := &node{name: base, mode: h.FileInfo().Mode(), layer: layer}
	switch h.Typeflag {
	case tar.TypeDir:
		n.children = map[string]*node{}
		if old := up.children[base]; old != nil && old.isDir() {
			n.children, n.hidden = old.children, old.hidden
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

// copy keeps a file's bytes. Zeros become holes: those of a sparse file cost no disk.
func (m *Merger) copy(body io.Reader, h *tar.Header) error {
	if err := m.budget.body(h.Size); err != nil {
		return err
	}
	n, err := copySparse(m.file, m.end, body, m.buffer)
	m.end += n
	if err != nil {
		return fmt.Errorf("cannot keep %s: %w", h.Name, err)
	}
	return nil
}

// block is how many zeros in a row are left out: what file systems keep together.
const block = 4 << 10

var zeros [block]byte

// copySparse writes what is read at an offset of a file, except blocks of zeros, which it has already. It returns how many bytes
// were read. The buffer, of some blocks, is the caller's: one for each of a million files would be work for nothing.
func copySparse(file *os.File, at int64, from io.Reader, buf []byte) (int64, error) {
	var n int64
	for {
		k, err := io.ReadFull(from, buf)
		for piece := range slices.Chunk(buf[:k], block) {
			if !bytes.Equal(piece, zeros[:len(piece)]) {
				if _, err := file.WriteAt(piece, at+n); err != nil {
					return n, err
				}
			}
			n += int64(len(piece))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// lookup finds a hard link's target, which is named without following links.
func (m *Merger) lookup(name string) (*node, error) {
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
func (m *Merger) dir(name string, layer int32) (*node, error) {
	n, length := m.root, 0
	for _, part := range parts(name) {
		length += len(part) + 1
		next := n.children[part]
		if next == nil || !next.isDir() {
			if err := m.budget.file(length); err != nil {
				return nil, err
			}
			part = strings.Clone(part)
			next = newDir(part, layer)
			n.children[part] = next
		}
		n = next
	}
	return n, nil
}

// hide takes away what lower layers have in a directory, at any depth. A layer's mark that says so again finds nothing of lower
// layers, and does not look: a layer of nothing but marks would else look at all files for each of them.
func hide(dir *node, layer int32) {
	if dir.hidden > layer {
		return
	}
	dir.hidden = layer + 1
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

// FS is the merged file system, of all layers that were added.
func (m *Merger) FS(ctx context.Context) (*FS, error) {
	if err := m.file.Truncate(m.end); err != nil { // holes at the end
		return nil, err
	}
	return &FS{ctx: ctx, root: m.root, store: fileBodies{m.file}, memory: m.budget.memory}, nil
}

type fileBodies struct{ file *os.File }

func (b fileBodies) body(n *node) (io.ReaderAt, io.Closer, error) {
	return io.NewSectionReader(b.file, n.offset, n.size), nil, nil
}
