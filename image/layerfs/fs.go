// Package layerfs lays the layers of an image over each other and shows them as one file system, within a budget.
package layerfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// FS is the merged content of an image's layers, or of a directory, read only. Names are as in [fs.FS]: clean and
// relative to the image's root. Open, Stat and ReadDir follow symbolic links inside the image, so that a link to
// /etc/x leads to the image's etc/x and never out of it; Lstat and ReadLink do not follow the last one.
//
// A file or directory that is opened when the context it was made with is done is an error: whoever interrupts a walk does not wait
// for its end.
type FS struct {
	ctx    context.Context
	root   *node
	store  bodies
	memory int64
}

// Memory is how many bytes may be kept of what the files say, by the size of what they came in.
func (f *FS) Memory() int64 { return f.memory }

// bodies gives the bytes of regular files.
type bodies interface {
	body(n *node) (io.ReaderAt, io.Closer, error)
}

// node is one file of the image. The tree of nodes is all that is kept in memory.
type node struct {
	name     string
	mode     fs.FileMode
	size     int64
	offset   int64  // in the store
	link     string // target of a symbolic link
	layer    int32
	hidden   int32            // of a directory, the layer from 1 that took away what is below it last
	children map[string]*node // of a directory
	above    *node            // the directory that it is in, where files are read from a directory; else nil
}

func (n *node) isDir() bool  { return n.mode.IsDir() }
func (n *node) isLink() bool { return n.mode&fs.ModeSymlink != 0 }

// maxLinks is how many links one path may lead through, the kernel's own limit.
const maxLinks = 40

var errLoop = errors.New("too many levels of symbolic links")

// Open opens the file, following links.
func (f *FS) Open(name string) (fs.File, error) {
	n, err := f.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if n.isDir() {
		return &openDir{n: n, entries: entries(n)}, nil
	}
	if !n.mode.IsRegular() {
		return &openFile{n: n, SectionReader: io.NewSectionReader(strings.NewReader(""), 0, 0)}, nil
	}
	r, c, err := f.store.body(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{n: n, SectionReader: io.NewSectionReader(r, 0, n.size), closer: c}, nil
}

// Stat describes the file, following links.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	n, err := f.find("stat", name, true)
	if err != nil {
		return nil, err
	}
	return info{n}, nil
}

// Lstat describes the file itself, also where it is a symbolic link.
func (f *FS) Lstat(name string) (fs.FileInfo, error) {
	n, err := f.find("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return info{n}, nil
}

// ReadLink returns the target of a symbolic link as the image has it.
func (f *FS) ReadLink(name string) (string, error) {
	n, err := f.find("readlink", name, false)
	if err == nil && !n.isLink() {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return "", err
	}
	return n.link, nil
}

// ReadDir lists a directory, sorted by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.find("readdir", name, true)
	if err == nil && !n.isDir() {
		err = &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	if err != nil {
		return nil, err
	}
	return entries(n), nil
}

// Layer is the index of the layer, from 0, that the file itself comes from; -1 where there is no such file.
func (f *FS) Layer(name string) int {
	n, err := f.find("lstat", name, false)
	if err != nil {
		return -1
	}
	return int(n.layer)
}

// Resolve follows all links of a path as a process in the image would, and returns the clean relative path of the
// file. The path may be absolute or relative to the root, and ".." stays inside the root. The error wraps
// fs.ErrNotExist where a link dangles, and names the path that is missing.
func (f *FS) Resolve(name string) (string, error) {
	p, _, err := f.resolve(name, true)
	if err != nil {
		return "", &fs.PathError{Op: "resolve", Path: name, Err: err}
	}
	return p, nil
}

func (f *FS) find(op, name string, follow bool) (*node, error) {
	if !fs.ValidPath(strings.ToValidUTF8(name, "?")) { // names on Linux are bytes, and those of old are Latin-1
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if err := f.ctx.Err(); err != nil {
		return nil, err
	}
	_, n, err := f.resolve(name, follow)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return n, nil
}

// resolve walks the path from the root. The trail holds the directories walked, so that ".." needs no parent links,
// which hard links and whiteouts would have to keep right.
func (f *FS) resolve(name string, follow bool) (string, *node, error) {
	trail := []*node{f.root}
	rest := parts(name)
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		here := trail[len(trail)-1]
		if part == ".." {
			trail = trail[:max(1, len(trail)-1)]
			continue
		}
		if !here.isDir() {
			return "", nil, fmt.Errorf("%s is not a directory: %w", join(trail), fs.ErrNotExist)
		}
		next, ok := here.children[part]
		if !ok {
			return "", nil, &MissingError{path.Join(join(trail), part), path.Join(append([]string{join(trail), part}, rest...)...)}
		}
		if !next.isLink() || len(rest) == 0 && !follow {
			trail = append(trail, next)
			continue
		}
		if links++; links > maxLinks {
			return "", nil, errLoop
		}
		rest = append(parts(next.link), rest...)
		if path.IsAbs(next.link) {
			trail = trail[:1]
		}
	}
	return join(trail), trail[len(trail)-1], nil
}

// MissingError says which directory has no such entry, and what was looked for below it.
type MissingError struct{ Entry, Path string }

func (e *MissingError) Error() string { return "no " + e.Entry + ": " + fs.ErrNotExist.Error() }
func (e *MissingError) Unwrap() error { return fs.ErrNotExist }

func parts(p string) []string {
	return slices.DeleteFunc(strings.Split(p, "/"), func(s string) bool { return s == "" || s == "." })
}

func join(trail []*node) string {
	if len(trail) == 1 {
		return "."
	}
	var b strings.Builder
	for i, n := range trail[1:] {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(n.name)
	}
	return b.String()
}

func entries(dir *node) []fs.DirEntry {
	// An image may have some hundred thousand files in one directory: neither list grows by copies of itself.
	names := slices.AppendSeq(make([]string, 0, len(dir.children)), maps.Keys(dir.children))
	slices.Sort(names)
	list := make([]fs.DirEntry, 0, len(names))
	for _, name := range names {
		list = append(list, fs.FileInfoToDirEntry(info{dir.children[name]}))
	}
	return list
}

// info is a node seen as fs.FileInfo. Times are not kept: no answer about an image may depend on one.
type info struct{ n *node }

func (i info) Name() string       { return i.n.name }
func (i info) Size() int64        { return i.n.size }
func (i info) Mode() fs.FileMode  { return i.n.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.n.isDir() }
func (i info) Sys() any           { return nil }

type openFile struct {
	*io.SectionReader
	n      *node
	closer io.Closer
}

func (f *openFile) Stat() (fs.FileInfo, error) { return info{f.n}, nil }

func (f *openFile) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

type openDir struct {
	n       *node
	entries []fs.DirEntry
	at      int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return info{d.n}, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.n.name, Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	left := d.entries[d.at:]
	if n <= 0 {
		d.at = len(d.entries)
		return left, nil
	}
	if len(left) == 0 {
		return nil, io.EOF
	}
	left = left[:min(n, len(left))]
	d.at += len(left)
	return left, nil
}
