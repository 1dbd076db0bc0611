package tree

import (
	"archive/tar"
	"bytes"
	"io"
)

// AddFile writes a regular file of mode 0644.
func AddFile(t Tree, name string, body []byte) error {
	return t.Add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(body))}, bytes.NewReader(body))
}

// Part is the tree whose entries land below a directory of another one; the other one itself if there is no directory.
func Part(t Tree, dir string) Tree {
	if dir == "" {
		return t
	}
	return part{t, dir + "/"}
}

// part is a directory of a tree.
type part struct {
	Tree
	prefix string // with a slash at its end
}

// Add implements Tree.
func (s part) Add(h *tar.Header, body io.Reader) error {
	moved := *h
	moved.Name = s.prefix + h.Name
	if h.Typeflag == tar.TypeLink {
		moved.Linkname = s.prefix + h.Linkname
	}
	return s.Tree.Add(&moved, body)
}
