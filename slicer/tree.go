package slicer

import (
	"archive/tar"
	"io"
)

// Tree is where a cut lands: a directory or a layer's tar. Add is called in sorted path order, parents before
// children; header names are clean relative paths, directories end in "/". The body of a regular file has exactly
// Size bytes.
type Tree interface {
	Add(*tar.Header, io.Reader) error
}
