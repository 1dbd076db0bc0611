// Package start finds out whether a command can start in an image, without running it: the program of every command of a
// line is looked for as the kernel and the program start would look for it, through PATH, links, cd, env and the
// interpreters that scripts name in their first line.
package start

import (
	"io"
	"io/fs"
	"path"
	"strings"
)

// Image is what a process of an image finds around it.
type Image struct {
	Files Files
	Path  string // PATH as the launcher sets it
	Dir   string // the working directory
	Arch  string // Debian's name
}

// Files are the files of an image. Names are absolute and clean.
type Files interface {
	// Lstat tells about a file whose parents are no links.
	Lstat(name string) (Entry, bool)
	// Open opens a regular file. An error means that nobody can look into it here.
	Open(name string) (io.ReadCloser, error)
}

// Entry is what is known of a file.
type Entry struct {
	Mode fs.FileMode
	Link string // target of a symbolic link
}

// maxLinks is how many links the kernel follows.
const maxLinks = 40

// find follows links and returns where a file really is.
func (im Image) find(name string) (string, Entry, bool) {
	rest, at, links := strings.Split(strings.Trim(path.Clean(name), "/"), "/"), "/", 0
	entry := Entry{Mode: fs.ModeDir | 0o755}
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		if part == "" || part == "." {
			continue
		}
		next := path.Join(at, part)
		e, ok := im.Files.Lstat(next)
		if !ok {
			return next, Entry{}, false
		}
		if e.Mode&fs.ModeSymlink == 0 {
			at, entry = next, e
			continue
		}
		if links++; links > maxLinks {
			return next, Entry{}, false
		}
		target := e.Link
		if !path.IsAbs(target) {
			target = path.Join(at, target)
		}
		at, rest = "/", append(strings.Split(strings.Trim(path.Clean(target), "/"), "/"), rest...)
		entry = Entry{Mode: fs.ModeDir | 0o755}
	}
	return at, entry, true
}

func (im Image) exists(name string) bool {
	_, _, ok := im.find(name)
	return ok
}

// head returns the first bytes of a file, or nothing where nobody can look into it.
func (im Image) head(name string) []byte {
	r, err := im.Files.Open(name)
	if err != nil {
		return nil
	}
	defer r.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && n == 0 {
		return nil
	}
	return head[:n]
}
