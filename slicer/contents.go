package slicer

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/internal/deb"
	"whittle.dev/whittle/slicer/internal/store"
)

// listingKind names the records of unpacked packages in the store; the number goes up when their form changes.
const listingKind = "contents-3"

// unpack returns what the .deb at path holds. It is unpacked into the store once; after that only the listing is read.
func unpack(st *store.Store, path, digest string) (*Contents, error) {
	c, err := listing(st, digest)
	if err != nil {
		c, err = unpackDeb(st, path)
		if err != nil {
			return nil, fmt.Errorf("cannot unpack %s: %w", path, err)
		}
		data, err := json.Marshal(c)
		if err != nil {
			return nil, fmt.Errorf("cannot record what %s holds: %w", path, err)
		}
		if err := st.PutRecord(listingKind, digest, data); err != nil {
			return nil, err
		}
	}
	c.Open = func(e Entry) (ReaderAtCloser, error) { return st.Open(e.SHA256) }
	return c, nil
}

// listing returns the recorded contents of a package, if every file of it is still in the store.
func listing(st *store.Store, digest string) (*Contents, error) {
	data, err := st.Record(listingKind, digest)
	if err != nil {
		return nil, err
	}
	var c Contents
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	for _, e := range c.Entries {
		if e.Kind == File && !st.Has(e.SHA256, e.Size) {
			return nil, fs.ErrNotExist
		}
	}
	return &c, nil
}

func unpackDeb(st *store.Store, path string) (*Contents, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	d, err := deb.Open(f, fi.Size(), deb.DefaultLimits())
	if err != nil {
		return nil, err
	}
	control, err := d.Control()
	if err != nil {
		return nil, err
	}
	l := lister{byPath: map[string]Entry{}, put: st.Put}
	if err := d.Walk(l.add); err != nil {
		return nil, err
	}
	return &Contents{Entries: l.sorted(), Scripts: control.Scripts}, nil
}

// lister turns the members of a package into entries.
type lister struct {
	byPath map[string]Entry
	put    func(io.Reader) (store.Sums, error)
}

func (l lister) add(h *tar.Header, body io.Reader) error {
	e := Entry{Path: mergedPath(strings.TrimSuffix(h.Name, "/")), Mode: h.Mode & 0o7777}
	switch h.Typeflag {
	case tar.TypeDir:
		e.Kind = Directory
		e.Path = strings.TrimSuffix(mergedPath(e.Path+"/."), "/.") // /lib itself is /usr/lib too, unless it is the link
	case tar.TypeSymlink:
		e.Kind, e.Link = Symlink, h.Linkname
	case tar.TypeLink:
		target, ok := l.byPath[mergedPath(h.Linkname)]
		if !ok {
			return fmt.Errorf("cannot follow hard link %s: there is no %s before it", h.Name, h.Linkname)
		}
		target.Path = e.Path
		e = target
	default:
		sums, err := l.put(body)
		if err != nil {
			return err
		}
		e.Size, e.SHA256, e.MD5 = sums.Size, sums.SHA256, sums.MD5
	}
	if old, ok := l.byPath[e.Path]; ok && (old.Kind != Directory || e.Kind != Directory) {
		return fmt.Errorf("cannot take %s: the package has it twice, once below a merged directory", e.Path)
	}
	l.byPath[e.Path] = e
	return nil
}

func (l lister) sorted() []Entry {
	entries := make([]Entry, 0, len(l.byPath))
	for _, e := range l.byPath {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries
}

// mergedPath is where a path of a package lies on Debian's merged /usr: /lib/x is /usr/lib/x. The top-level links
// themselves (base-files ships them) keep their names.
func mergedPath(p string) string {
	top, rest, below := strings.Cut(p, "/")
	if !below || rest == "" {
		return p
	}
	switch top {
	case "bin", "sbin", "lib", "lib64", "lib32", "libx32":
		return "usr/" + p
	}
	return p
}
