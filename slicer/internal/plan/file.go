package plan

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// Itself is the file as an entry of a package, with its path, mode and digests as they are planned.
func (f *File) Itself() packages.Entry {
	e := packages.Entry{Path: f.Path, Kind: f.Kind, Size: f.Size, SHA256: f.SHA256, MD5: f.MD5, Link: f.Link}
	e.Mode, _ = f.ModeBits()
	return e
}

// ModeBits is the file's mode as a number.
func (f *File) ModeBits() (int64, error) {
	mode, err := strconv.ParseInt(f.Mode, 8, 64)
	if err != nil {
		return 0, fmt.Errorf("cannot write /%s: mode %q: %w", f.Path, f.Mode, err)
	}
	return mode, nil
}

// ELF reads the ELF facts of a planned file; nil if it is no ELF file, or too small to be one.
func (f *File) ELF(opts ...closure.Option) (*closure.Object, error) {
	if !f.isLargeEnough() {
		return nil, nil
	}
	return f.Object(opts...)
}

// isLargeEnough tells whether a planned file has room for the header of an ELF file.
func (f *File) isLargeEnough() bool { return f.Kind == tree.File && f.Size >= 64 }

// Object reads the ELF facts of a file with its strings, or takes what was noted when its package was unpacked; nil if it is no
// ELF file. With options it reads what these say, unless it was noted that the file is none.
func (f *File) Object(opts ...closure.Option) (*closure.Object, error) {
	if noted, ok := f.Facts(); ok && (len(opts) == 0 || noted.Object == nil) {
		return noted.Object, nil
	}
	if len(opts) == 0 {
		opts = []closure.Option{closure.WithStrings}
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	o, err := packages.ReadELF(r, opts...)
	if err != nil {
		return nil, fmt.Errorf("cannot read /%s of %s: %w", f.Path, f.Owner(), err)
	}
	return o, nil
}

// Facts are what was noted of a file when its package was unpacked. They are not known of files that a script may have
// written to, nor where nothing was unpacked.
func (f *File) Facts() (packages.Facts, bool) {
	if f.From == nil || f.At.SHA256 != f.SHA256 {
		return packages.Facts{}, false
	}
	noted, known := f.From.FactsOf(f.SHA256)
	return noted, known && !noted.Unread
}

// Head returns the beginning of a script, at least its first line or 256 bytes; of other files it may be empty.
func (f *File) Head() ([]byte, error) {
	if noted, ok := f.Facts(); ok {
		return []byte(noted.Head), nil
	}
	return f.Read(256)
}

// File is one entry of the coming selection and the way to its bytes.
type File struct {
	manifest.File
	MD5            string             // hex; empty until Sum where the source does not know it
	From           *packages.Contents // nil of a generated file
	At             packages.Entry     // in From
	Body           []byte             // of a generated file
	Until, Mutable bool               // of definitions: gone after the mutation scripts, if all say so; they may write it
}

// Owner names the package of the file for messages and as an origin: "whittle" of a generated file.
func (f *File) Owner() string {
	if f.Package == "" {
		return "whittle"
	}
	return f.Package
}

// Read returns the bytes of a planned file: no more than the first limit ones.
func (f *File) Read(limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var data bytes.Buffer
	data.Grow(int(min(limit, max(0, f.Size))) + bytes.MinRead)
	if _, err := data.ReadFrom(io.LimitReader(r, limit)); err != nil {
		return nil, fmt.Errorf("cannot read /%s of %s: %w", f.Path, f.Owner(), err)
	}
	return data.Bytes(), nil
}

// Open opens the file's bytes, in the source of its package or in memory. The caller closes them.
func (f *File) Open() (packages.ReaderAtCloser, error) {
	if f.From == nil {
		return packages.InMemory(f.Body), nil
	}
	r, err := f.From.Open(f.At)
	if err != nil {
		return nil, fmt.Errorf("cannot open /%s of %s: %w", f.Path, f.Owner(), err)
	}
	return r, nil
}

// Sum fills in SHA256 and MD5 where the source could not tell them without reading the file.
func (f *File) Sum() error {
	if f.SHA256 != "" && f.MD5 != "" {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	f.SHA256, f.MD5, err = digest.Read(r)
	if err != nil {
		return fmt.Errorf("cannot read /%s of %s: %w", f.Path, f.Owner(), err)
	}
	return nil
}
