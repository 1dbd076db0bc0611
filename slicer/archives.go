package slicer

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"whittle.dev/whittle/internal/stage"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
)

// archives opens files of archives. It keeps the archive that was opened last, with its list of files: those of one are opened
// one after the other, and to read the list for each, or to unpack an archive inside another for each, would take time with the
// square of their number.
type archives struct {
	memory   int64        // bytes that archives may take
	unpacked atomic.Int64 // bytes of entries so far

	mu   sync.Mutex
	last *openedArchive
}

type openedArchive struct {
	path  string
	from  packages.ReaderAtCloser
	files map[string]*zip.File // the first of each name
}

// open unpacks one file of an archive into memory.
func (a *archives) open(archive Object, name string) (packages.ReaderAtCloser, error) {
	opened, err := a.archive(archive)
	if err != nil {
		return nil, err
	}
	f := opened.files[name]
	if f == nil {
		return nil, fmt.Errorf("cannot find %s in %s: %w", name, archive.Path, fs.ErrNotExist)
	}
	body, size, err := unpackEntry(f, maxInside)
	if full := a.count(size); full != nil {
		if err == nil {
			err = body.Close()
		}
		return nil, errors.Join(fmt.Errorf("cannot read %s of %s: %w", name, archive.Path, full), err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", plan.ErrUnpack, err)
	}
	return body, nil
}

// maxWork is how many bytes entries of archives unpack to in all, and their lists take, with those that are read again: one archive may
// have a thousand names in an image, and each is a file to look into. The largest images of Java take some hundred megabytes.
const maxWork = 8 << 30

// count takes note of bytes that were unpacked.
func (a *archives) count(size int64) error {
	if a.unpacked.Add(size) > maxWork {
		return fmt.Errorf("the archives unpack to more than %s in all: %w", text.Bytes(maxWork), errBig)
	}
	return nil
}

// archive opens an archive, or returns the one that was opened last. Whoever reads another one that is replaced meanwhile keeps
// it: it is closed when nobody has it any more.
func (a *archives) archive(archive Object) (*openedArchive, error) {
	a.mu.Lock()
	last := a.last
	a.mu.Unlock()
	if last != nil && last.path == archive.Path {
		return last, nil
	}
	r, err := archive.Open()
	if err != nil {
		return nil, err
	}
	z, cost, err := readZip(r, maxListed) // FindObjects has held it against its bound
	if err == nil {
		err = a.count(cost)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot read %s: %w", archive.Path, err), r.Close())
	}
	o := &openedArchive{path: archive.Path, from: r, files: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		if _, ok := o.files[f.Name]; !ok {
			o.files[f.Name] = f
		}
	}
	runtime.AddCleanup(o, func(r packages.ReaderAtCloser) { _ = r.Close() }, r) // it was only read
	a.mu.Lock()
	a.last = o
	a.mu.Unlock()
	return o, nil
}

var errBig = errors.New("too big")

// Bounds of what an entry unpacks to, by its size in the archive: libraries pack to a third.
const baseEntry, entryPerByte = 32 << 20, 100

// maxHeld is how many bytes of an entry are held in memory. Those of a larger one go to a file without a name: a few kilobytes can
// unpack to what memory has no room for.
const maxHeld = 1 << 20

// unpackEntry reads an entry of at most limit bytes, whatever the archive says of its size, and tells how many it has, or were
// read of one that ends with an error.
func unpackEntry(f *zip.File, limit int64) (packages.ReaderAtCloser, int64, error) {
	if packed := f.CompressedSize64; packed < maxInside {
		limit = min(limit, baseEntry+entryPerByte*int64(packed))
	}
	r, err := f.Open()
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, min(maxHeld, limit)+1))
	if err != nil {
		return nil, int64(len(head)), err
	}
	if size := int64(len(head)); size <= min(maxHeld, limit) {
		return packages.InMemory(head), size, nil
	}
	return spool(io.MultiReader(bytes.NewReader(head), r), limit)
}

// spool writes at most limit bytes to a file that has no name.
func spool(r io.Reader, limit int64) (packages.ReaderAtCloser, int64, error) {
	file, err := stage.Unnamed("")
	if err != nil {
		return nil, 0, err
	}
	size, err := io.Copy(file, io.LimitReader(r, limit+1))
	if err == nil && size > limit {
		err = fmt.Errorf("it unpacks to more than %s: %w", text.Bytes(limit), errBig)
	}
	if err != nil {
		return nil, size, errors.Join(err, file.Close())
	}
	return file, size, nil
}

// readZip reads the list of files of an archive, and tells how many bytes of memory that takes. One that takes more than most is
// errBig: an entry of some ten bytes in a packed layer takes hundreds.
func readZip(r packages.ReaderAtCloser, most int64) (*zip.Reader, int64, error) {
	size, err := packages.SizeOf(r)
	if err != nil {
		return nil, 0, err
	}
	list := &listReader{from: r, left: most}
	z, err := zip.NewReader(list, size)
	if err != nil {
		return nil, 0, err
	}
	cost := most - list.left
	list.left = math.MaxInt64 // what is read from here on are files
	return z, cost, nil
}

// listReader counts what the list of an archive's files takes, by the bytes that are read of it and the headers in them.
type listReader struct {
	from io.ReaderAt
	left int64 // bytes of memory
}

// headerCost is what a file of an archive takes, in bytes beside its name.
const headerCost = 350

var header = []byte("PK\x01\x02")

func (l *listReader) ReadAt(p []byte, at int64) (int, error) {
	n, err := l.from.ReadAt(p, at)
	if l.left == math.MaxInt64 {
		return n, err
	}
	if l.left -= int64(n) + headerCost*int64(bytes.Count(p[:n], header)); l.left < 0 {
		return 0, fmt.Errorf("its list of files takes more memory than is left for it: %w", errBig)
	}
	return n, err
}
