package java

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
	"time"

	scratch "whittle.dev/whittle/internal/stage"
	"whittle.dev/whittle/slicer/packages"
)

// zipTime is the time of what is written into archives: the first that one can have.
var zipTime = time.Date(1980, 2, 1, 0, 0, 0, 0, time.UTC)

// copyEntry copies an entry, at the time that all have. Comments in pom.properties say when it was made, and are left out.
func copyEntry(w *zip.Writer, f *zip.File, name string) error {
	h := &zip.FileHeader{Name: name, Method: f.Method}
	h.Modified = zipTime
	h.SetMode(f.Mode())
	switch {
	case path.Base(name) == "pom.properties":
		return copyProperties(w, f, h)
	case strings.HasSuffix(name, "/"): // some tools compress the nothing that a folder has
		h.Method = zip.Store
		_, err := w.CreateHeader(h)
		return err
	}
	h.CRC32, h.CompressedSize64, h.UncompressedSize64 = f.CRC32, f.CompressedSize64, f.UncompressedSize64
	// What is known beforehand needs no record behind the data (bit 3); Java reads such entries of stored archives alone.
	h.Flags = f.Flags &^ 0x8
	h.Modified = time.Time{}
	h.ModifiedDate = dosDate //lint:ignore SA1019 CreateRaw writes it
	r, err := f.OpenRaw()
	if err != nil {
		return err
	}
	to, err := w.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, r)
	return err
}

// dosDate is the day of zipTime in the form that an entry's header has (MS-DOS): CreateRaw writes the fields as they are, and
// looks at no other.
const dosDate = 1 + 2<<5

// maxText bounds a file that is read whole, in bytes.
const maxText = 16 << 20

func copyProperties(w *zip.Writer, f *zip.File, h *zip.FileHeader) error {
	text, err := readEntry(f, maxText)
	if err != nil {
		return err
	}
	var kept bytes.Buffer
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("#")) {
			kept.Write(line)
		}
	}
	return addEntry(w, h, kept.Bytes())
}

func addEntry(w *zip.Writer, h *zip.FileHeader, data []byte) error {
	to, err := w.CreateHeader(h)
	if err != nil {
		return err
	}
	_, err = to.Write(data)
	return err
}

// classIn is the class of an entry; an empty one of what is none: Java says so, if it is used.
func classIn(f *zip.File) (class, error) {
	data, err := readEntry(f, maxText)
	if err != nil {
		return class{}, err
	}
	c, err := readClass(data)
	if err != nil {
		return class{}, nil
	}
	return c, nil
}

// contentOf is the content of an entry, and its size, for reading anywhere in it: in memory, or where it is large in a file without a
// name.
func contentOf(f *zip.File) (packages.ReaderAtCloser, int64, error) {
	if f.UncompressedSize64 <= maxText {
		data, err := readEntry(f, maxText)
		return packages.InMemory(data), int64(len(data)), err
	}
	r, err := f.Open()
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	to, err := scratch.Unnamed("")
	if err != nil {
		return nil, 0, err
	}
	n, err := io.Copy(to, io.LimitReader(r, maxNested+1))
	if err == nil && n > maxNested {
		err = errors.New("it is too big")
	}
	if err != nil {
		return nil, 0, errors.Join(err, to.Close())
	}
	return to, n, nil
}

func readEntry(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		err = errors.New("it is too big")
	}
	return data, errors.Join(err, r.Close())
}
