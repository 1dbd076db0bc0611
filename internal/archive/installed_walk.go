package archive

import (
	"archive/tar"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// sums reads the package's md5sums, by path. Debian has no better digest of
// installed files. Nil means that the package has no such record.
func (i *Installed) sums(p *Package) (map[string]string, error) {
	data, err := i.info(p, "md5sums")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(data) {
		line = strings.TrimRight(line, "\n")
		sum, file, found := strings.Cut(line, "  ")
		if !found || len(sum) != 2*md5.Size {
			return nil, fmt.Errorf("line %q of its md5sums is malformed", firstLine([]byte(line)))
		}
		sums[i.place(p.Name, file)] = strings.ToLower(sum)
	}
	return sums, nil
}

func (i *Installed) filesOfSums(p *Package) ([]string, error) {
	sums, err := i.sums(p)
	if err != nil {
		return nil, err
	}
	if sums == nil {
		return nil, errors.New("there is neither a list nor an md5sums file")
	}
	var files []string
	for file := range sums {
		files = append(files, file)
	}
	return files, nil
}

// Walk calls fn for each file of a package, in the order of Files, with headers
// as deb.File.Walk makes them. The content of a regular file is compared with
// dpkg's record of it: a difference is an error that names the file, and comes
// from the reader where its end would be, or from Walk if fn did not read to
// there. Conffiles are anybody's to change, so they are exempt; a file that is
// gone is passed over, as a machine may be set up to drop documentation.
func (i *Installed) Walk(name string, fn func(*tar.Header, io.Reader) error) error {
	all, err := i.recorded(name)
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := i.visit(r.file, r.md5, fn); err != nil {
			return fmt.Errorf("cannot read package %s: %w", name, err)
		}
	}
	return nil
}

// recorded is what dpkg's records tell of a file: where it is, and its MD5; empty where any content will do.
type recorded struct{ file, md5 string }

// recorded lists the files of a package, in the order of Files.
func (i *Installed) recorded(name string) ([]recorded, error) {
	files, err := i.Files(name)
	if err != nil {
		return nil, err
	}
	sums, err := i.sums(i.packages[name])
	if err != nil {
		return nil, fmt.Errorf("cannot read package %s: %w", name, err)
	}
	all := make([]recorded, len(files))
	for n, file := range files {
		all[n] = recorded{file, sums[file]}
		if slices.Contains(i.conffile[name], file) {
			all[n].md5 = ""
		}
	}
	return all, nil
}

func (i *Installed) visit(file, want string, fn func(*tar.Header, io.Reader) error) error {
	info, err := i.root.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	h := &tar.Header{Name: file, Mode: modeBits(info.Mode())}
	switch info.Mode().Type() {
	case fs.ModeDir:
		h.Typeflag, h.Name = tar.TypeDir, file+"/"
		return fn(h, strings.NewReader(""))
	case fs.ModeSymlink:
		h.Typeflag = tar.TypeSymlink
		if h.Linkname, err = i.root.Readlink(file); err != nil {
			return err
		}
		return fn(h, strings.NewReader(""))
	case 0:
	default:
		return fmt.Errorf("%s is neither a file, a directory nor a link", file)
	}
	h.Typeflag, h.Size = tar.TypeReg, info.Size()
	f, err := i.root.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	checked := &checkedReader{from: io.LimitReader(f, h.Size), file: file, want: want, md5: md5.New()}
	if err := fn(h, checked); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, checked)
	return err
}

// modeBits are the permissions and the setuid, setgid and sticky bits, as in a
// tar header.
func modeBits(m fs.FileMode) int64 {
	bits := int64(m.Perm())
	for mode, bit := range map[fs.FileMode]int64{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&mode != 0 {
			bits |= bit
		}
	}
	return bits
}

// A checkedReader turns the end of a file into an error if its digest is not
// that on record.
type checkedReader struct {
	from io.Reader
	file string
	want string // empty: anything
	md5  hash.Hash
}

func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.md5.Write(p[:n])
	if errors.Is(err, io.EOF) && r.want != "" {
		if got := hex.EncodeToString(r.md5.Sum(nil)); got != r.want {
			return n, fmt.Errorf("%s was changed since it was installed: its MD5 is %s, and dpkg's record says %s", r.file, got, r.want)
		}
	}
	return n, err
}
