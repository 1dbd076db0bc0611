package deb

import (
	"archive/tar"
	"fmt"
	"io"
	"strings"
)

// Walk calls fn for each member of the data archive, in its order, with a reader
// of the member's content, which is valid until fn returns and need not be read.
// An error of fn ends the walk and is returned as it is.
//
// Headers are normalised. Name is a clean path relative to the root, such as
// "usr/lib/x86_64-linux-gnu/libgmp.so.10.5.0"; a directory's ends in "/", and the
// root itself is passed over. Typeflag is one of tar.TypeReg, TypeDir,
// TypeSymlink and TypeLink. Linkname of a hard link is clean in the same way and
// names a regular file that came before, or a link to one; that of a symbolic
// link is as the package has it. Mode has the permissions and the setuid, setgid
// and sticky bits, Size the size of a regular file. All else is zero: owners,
// times and extended attributes of packages are of no use to an image that must
// come out the same for everybody. The same directory may come more than once;
// no other path does.
//
// Members that could reach out of the root, or whose meaning depends on who
// reads them, are refused with a RefusedError. Members before a bad one have
// been handed to fn by then.
func (f *File) Walk(fn func(*tar.Header, io.Reader) error) error {
	stream, err := f.unpack(f.data)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", f.data.name, err)
	}
	defer stream.Close()
	bounded := &boundedReader{r: stream, left: f.limits.Unpacked, limit: f.limits.Unpacked}
	ahead := readAhead(bounded)
	defer ahead.Close()
	w := walker{file: f, seen: tree{kinds: map[string]byte{}, links: map[string]string{}, limit: f.limits.Members}, left: f.limits.Unpacked}
	archive := newTarStream(ahead)
	for {
		raw, err := archive.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read %s%s: %w", f.data.name, w.after(), err)
		}
		header, err := w.accept(raw)
		if err != nil {
			return &RefusedError{Archive: f.data.name, Member: raw.Name, Reason: err.Error()}
		}
		if header == nil {
			continue
		}
		body := &bodyReader{r: archive, archive: f.data.name, name: header.Name}
		if err := fn(header, body); err != nil {
			return err
		}
	}
}

// walker is the state of one walk.
type walker struct {
	file    *File
	seen    tree
	members int
	left    int64  // bytes of files that may still come
	last    string // the member accepted last
}

// accept returns the normalised header of a member, or nil for the root, or why
// the member is refused.
func (w *walker) accept(raw *tar.Header) (*tar.Header, error) {
	limits := w.file.limits
	if w.members++; w.members > limits.Members {
		return nil, fmt.Errorf("there are more than %d members", limits.Members)
	}
	if len(raw.Name) > limits.Name || len(raw.Linkname) > limits.Name {
		return nil, fmt.Errorf("its name or target is longer than %d bytes", limits.Name)
	}
	path, err := cleanPath(raw.Name)
	if err != nil {
		return nil, err
	}
	if path == "" {
		if raw.Typeflag != tar.TypeDir {
			return nil, fmt.Errorf("the root is a %s", kindName(raw.Typeflag))
		}
		return nil, nil
	}
	header := &tar.Header{Typeflag: raw.Typeflag, Name: path, Mode: raw.Mode & 0o7777}
	if err := w.acceptType(header, raw); err != nil {
		return nil, err
	}
	if err := w.seen.add(path, header.Typeflag); err != nil {
		return nil, err
	}
	if header.Typeflag == tar.TypeSymlink {
		w.seen.links[path] = header.Linkname
	}
	w.last = path
	return header, nil
}

// acceptType fills in what depends on the type of the member.
func (w *walker) acceptType(header, raw *tar.Header) (err error) {
	if raw.Typeflag != tar.TypeDir && strings.HasSuffix(raw.Name, "/") {
		return fmt.Errorf("it is a %s with the name of a directory", kindName(raw.Typeflag))
	}
	if raw.Typeflag != tar.TypeReg && raw.Size != 0 {
		return fmt.Errorf("it is a %s that claims %d bytes", kindName(raw.Typeflag), raw.Size)
	}
	switch raw.Typeflag {
	case tar.TypeReg:
		header.Size = raw.Size
		return w.acceptSize(raw)
	case tar.TypeDir:
		header.Name += "/"
		return nil
	case tar.TypeSymlink:
		return asSymlink(header, raw.Linkname)
	case tar.TypeLink:
		if header.Linkname, err = cleanPath(raw.Linkname); err != nil {
			return fmt.Errorf("it is a hard link to %q: %w", excerpt(raw.Linkname), err)
		}
		if target, ok := w.seen.links[header.Linkname]; ok { // a second link of the same text, as link(2) makes it
			return asSymlink(header, target)
		}
		return w.seen.checkHardLink(header.Linkname)
	default:
		return fmt.Errorf("it is a %s", kindName(raw.Typeflag))
	}
}

// asSymlink makes a header one of a symbolic link, whose mode Linux does not know: it is 0777 wherever it is looked at.
func asSymlink(header *tar.Header, target string) error {
	header.Typeflag, header.Linkname, header.Mode = tar.TypeSymlink, target, 0o777
	return checkTarget(header.Name, target)
}

// acceptSize holds the size a file announces against the limits. The bytes of
// the stream are counted elsewhere: this spares reading them.
func (w *walker) acceptSize(raw *tar.Header) error {
	if IsSparse(raw) {
		return fmt.Errorf("it is a sparse file")
	}
	if raw.Size > w.file.limits.Member {
		return fmt.Errorf("it claims %d bytes, more than %d", raw.Size, w.file.limits.Member)
	}
	if raw.Size > w.left {
		return fmt.Errorf("it claims %d bytes, which makes more than %d in all", raw.Size, w.file.limits.Unpacked)
	}
	w.left -= raw.Size
	return nil
}

// after tells in an error where the archive broke.
func (w *walker) after() string {
	if w.last == "" {
		return ""
	}
	return fmt.Sprintf(" after %q", excerpt(w.last))
}

// IsSparse reports whether the archive holds less of a file than its size says.
// dpkg knows no such files, and they make bombs of a few bytes.
func IsSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// bodyReader reads a member's content and names it in errors.
type bodyReader struct {
	r             io.Reader
	archive, name string
}

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("cannot read %q of %s: %w", excerpt(b.name), b.archive, err)
	}
	return n, err
}
