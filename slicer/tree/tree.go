// Package tree is where a cut lands: a directory, or the tar of a layer. Nothing is decided here: a tree writes the entries
// that it is given, in their order, and refuses those that would leave it.
package tree

import (
	"archive/tar"
	"io"
	"os"
)

// Stored is the body of a regular file that lies in the store of unpacked packages.
type Stored interface {
	io.Reader
	// Shareable tells whether the file may be shared with the store: it has the bytes and the mode that are wanted, and is
	// none of those that people edit in place.
	Shareable(mode int64) bool
	// Link makes a hard link of the file in a directory, and Clone fills a file with its blocks. The errors are those of the
	// store, store.ErrCannotShare among them; nothing has been written then.
	Link(dir *os.File, name string) error
	Clone(to *os.File) error
}

// Tree is where a cut lands: a directory or a layer's tar. Add is called in sorted path order, parents before
// children; header names are clean relative paths, directories end in "/". The body of a regular file has exactly
// Size bytes. A hard link leads to a file that was added before, and comes with its size and body for a tree that cannot link.
type Tree interface {
	Add(*tar.Header, io.Reader) error
}
