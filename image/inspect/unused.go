package inspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/verify"
)

// Unused is a shared library of the image that nothing is known to need.
type Unused struct {
	Path    string   `json:"path"`              // absolute
	Size    int64    `json:"size"`              // bytes
	Links   []string `json:"links,omitempty"`   // absolute paths of the links that lead to it, sorted
	Package string   `json:"package,omitempty"` // by whittle's manifest, if the image has one
}

// FindUnused lists the shared libraries in the loader's directories that nothing is known to need, as verify.Unused has it,
// sorted by path. A library whose name occurs in a file of the image counts as needed: a program may open it by that name.
func FindUnused(ctx context.Context, o *image.Opened, objects []slicer.Object) ([]Unused, error) {
	if len(objects) == 0 {
		return nil, nil
	}
	asked, owners, err := askedFor(o)
	if err != nil {
		return nil, err
	}
	proof, uses := Proof(o, objects), verify.Uses{Asked: asked}
	candidates, err := verify.Unused(ctx, proof, uses)
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	links := linksTo(o.FS, candidates)
	if uses.Named, err = namedIn(o.FS, namesOf(candidates, links)); err != nil {
		return nil, err
	}
	left, err := verify.Unused(ctx, proof, uses)
	if err != nil {
		return nil, err
	}
	var unused []Unused
	for _, at := range left {
		info, err := o.FS.Lstat(strings.TrimPrefix(at, "/"))
		if err != nil {
			return nil, err
		}
		unused = append(unused, Unused{Path: at, Size: info.Size(), Links: links[at], Package: owners[at]})
	}
	return unused, nil
}

// askedFor lists the files that somebody named, by whittle's manifests, and whose the files are. An image without a
// manifest has neither.
func askedFor(o *image.Opened) (asked []string, owners map[string]string, err error) {
	manifests, err := Manifests(o)
	if errors.Is(err, ErrNoManifest) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	owners = map[string]string{}
	for _, m := range manifests {
		named := map[string]bool{}
		for _, s := range m.Slices {
			named[s.Name] = slices.ContainsFunc(s.Why, isAsked)
		}
		for _, f := range m.Files {
			at := m.Place(f)
			owners[at] = f.Package
			if slices.ContainsFunc(f.Why, isAsked) || len(f.Why) == 0 && named[f.Slice] {
				asked = append(asked, at)
			}
		}
	}
	return asked, owners, nil
}

func isAsked(r manifest.Reason) bool {
	return r.Kind == manifest.Asked || r.Kind == manifest.Listed || r.Kind == manifest.Runtime || r.Kind == manifest.Essential
}

// linksTo lists the links that lead to files, by the file.
func linksTo(f *layerfs.FS, files []string) map[string][]string {
	links := map[string][]string{}
	for _, at := range files {
		links[at] = nil
	}
	// The walk is over an index in memory, which has no errors.
	_ = fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink == 0 {
			return err
		}
		if to, err := f.Resolve(name); err == nil {
			if _, ok := links["/"+to]; ok {
				links["/"+to] = append(links["/"+to], "/"+name)
			}
		}
		return nil
	})
	return links
}

// namesOf is the set of base names of files and of the links to them.
func namesOf(files []string, links map[string][]string) map[string]bool {
	names := map[string]bool{}
	for _, at := range files {
		names[path.Base(at)] = true
		for _, link := range links[at] {
			names[path.Base(link)] = true
		}
	}
	return names
}

// lists are the places where the names of libraries stand without anybody wanting them.
var lists = []string{"/var/lib/dpkg", "/var/cache", "/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/lintian", "/usr/share/bug", "/usr/share/gdb"}

// namedIn looks for names in all files of the image. Links are not followed.
func namedIn(f *layerfs.FS, names map[string]bool) (map[string][]string, error) {
	named, left := map[string][]string{}, f.Memory()/archiveShare
	err := fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || paths.IsBelow("/"+name, lists...) || isList(name) {
			return err
		}
		file, err := f.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		found, err := libraryNames(file, names)
		if len(found) > 0 {
			named["/"+name] = found
		}
		if left -= int64(len(name) + 16*len(found)); left < 0 {
			return errors.New("its files name more libraries than the memory for an image of its size has room for")
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot look for names of libraries in the image: %w", err)
	}
	return named, nil
}

func isList(name string) bool {
	base := path.Base(name)
	return base == path.Base(loaderCache) || base == path.Base(contract.RunManifest) || base == AppManifest
}

// libraryNames lists which names occur in a file as whole words, sorted.
func libraryNames(r io.Reader, names map[string]bool) ([]string, error) {
	const window, overlap = 256 << 10, 512
	found := map[string]bool{}
	buffer, kept := make([]byte, window), 0
	for {
		n, err := io.ReadFull(r, buffer[kept:])
		text := buffer[:kept+n]
		for at := 0; ; {
			i := bytes.Index(text[at:], []byte(".so"))
			if i < 0 {
				break
			}
			at += i
			word, end := wordAt(text, at)
			if names[word] {
				found[word] = true
			}
			at = max(end, at+len(".so"))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return slices.Sorted(maps.Keys(found)), nil
		}
		if err != nil {
			return nil, err
		}
		kept = copy(buffer, text[len(text)-overlap:])
	}
}

// longestName is Linux's NAME_MAX.
const longestName = 255

// wordAt is the word around a place, without full stops at its end, and where it ends. A longer one than names of files
// can be is cut.
func wordAt(text []byte, at int) (string, int) {
	from, to := at, at
	for from > max(0, at-longestName) && inWord(text[from-1]) {
		from--
	}
	for to < min(len(text), at+longestName) && inWord(text[to]) {
		to++
	}
	return strings.TrimRight(string(text[from:to]), "."), to
}

func inWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c == '+'
}
