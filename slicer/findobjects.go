package slicer

import (
	"archive/zip"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/internal/pieces"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
)

// FindObjects lists the ELF files of a tree that stands at an absolute path of the image, in the order of their paths.
// Links are not followed. ELF files inside Java archives, wheels and Python's zip apps are listed too, as "/app/app.jar!/org/x/libx.so": the
// app unpacks them while it runs, and then they need libraries as any other file does. They are found by their content, in
// archives inside archives as well (Spring Boot's).
func FindObjects(tree fs.FS, at string) ([]Object, error) {
	s := objectSearch{tree: tree, at: at}
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		s.names = append(s.names, name)
		if len(s.names) < atOnce {
			return nil
		}
		return s.look()
	})
	if err == nil {
		err = s.look()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look for programs and libraries: %w", err)
	}
	return s.objects, nil
}

// atOnce is how many files are looked at together.
const atOnce = 4096

// objectSearch looks for ELF files in many files at a time.
type objectSearch struct {
	tree    fs.FS
	at      string
	objects []Object
	names   []string // of files that were not looked at yet
	opened  archives
	zips    sync.Mutex // is held while an archive is looked into: what it unpacks is in memory
}

// look looks at the files whose names are kept.
func (s *objectSearch) look() error {
	found := make([][]Object, len(s.names))
	err := pieces.Each(len(s.names), func(i int) (err error) {
		found[i], err = s.in(s.names[i])
		return err
	})
	s.objects, s.names = append(s.objects, slices.Concat(found...)...), s.names[:0]
	return err
}

// in lists the ELF files that a file is or holds.
func (s *objectSearch) in(name string) ([]Object, error) {
	o := Object{Path: path.Join("/", s.at, name), Open: func() (packages.ReaderAtCloser, error) { return packages.OpenIn(s.tree, name) }}
	if isZip(name) {
		s.zips.Lock()
		defer s.zips.Unlock()
		return s.opened.objectsInside(o)
	}
	is, err := isELF(o)
	if !is {
		return nil, err
	}
	return []Object{o}, err
}

func isELF(o Object) (bool, error) {
	r, err := o.Open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	magic := make([]byte, len(elf.ELFMAG))
	_, err = r.ReadAt(magic, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return string(magic) == elf.ELFMAG, err
}

// zips are the endings of zip files that programs load code from.
var zips = []string{".jar", ".war", ".ear", ".whl", ".egg", ".pex", ".pyz"}

func isZip(name string) bool { return slices.Contains(zips, strings.ToLower(path.Ext(name))) }

// Limits of what is unpacked of one archive that lies in the tree.
const (
	maxInside   = 256 << 20 // bytes of one entry
	maxUnpacked = 1 << 30   // bytes of all archives inside it
	maxNested   = 3         // archives in archives
)

// objectsInside lists the ELF files of an archive. A file that is no zip, whatever its name says, has none, and so has an
// entry that cannot be unpacked: nobody can load it.
func (a *archives) objectsInside(archive Object) ([]Object, error) {
	r, err := archive.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	in := inside{archives: a, budget: maxUnpacked}
	if err := in.list(archive, r, maxNested); err != nil {
		return nil, fmt.Errorf("cannot look into %s: %w", archive.Path, err)
	}
	return in.objects, nil
}

// inside lists what archives hold.
type inside struct {
	*archives
	objects []Object
	budget  int64
}

func (in *inside) list(archive Object, r packages.ReaderAtCloser, depth int) error {
	z, err := readZip(r)
	if err != nil {
		return nil // no zip
	}
	for _, f := range z.File {
		o := Object{Path: archive.Path + "!/" + path.Join("/", f.Name)[1:], Open: func() (packages.ReaderAtCloser, error) { return in.archives.open(archive, f.Name) }}
		switch {
		case strings.HasSuffix(f.Name, "/") || strings.HasSuffix(f.Name, ".class"):
		case isZip(f.Name):
			if err := in.nested(o, f, depth); err != nil {
				return err
			}
		case beginsAsELF(f):
			in.objects = append(in.objects, o)
		}
	}
	return nil
}

// nested looks into an archive inside an archive. Its bytes are unpacked for this, and again by whoever opens a file of it.
func (in *inside) nested(o Object, f *zip.File, depth int) error {
	if depth == 1 {
		return fmt.Errorf("%s: archives lie in archives more than %d deep", o.Path, maxNested)
	}
	body, err := unpackEntry(f, min(maxInside, in.budget))
	if errors.Is(err, errBig) {
		return fmt.Errorf("%s: %w", o.Path, err)
	}
	if err != nil {
		return nil
	}
	in.budget -= int64(len(body))
	return in.list(o, packages.InMemory(body), depth-1)
}

func readZip(r packages.ReaderAtCloser) (*zip.Reader, error) {
	size, err := packages.SizeOf(r)
	if err != nil {
		return nil, err
	}
	return zip.NewReader(r, size)
}

func beginsAsELF(f *zip.File) bool {
	r, err := f.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	magic := make([]byte, len(elf.ELFMAG))
	_, err = io.ReadFull(r, magic)
	return err == nil && string(magic) == elf.ELFMAG
}

// archives opens files of archives. It keeps the archive that was opened last, with its list of files: those of one are opened
// one after the other, and to read the list for each, or to unpack an archive inside another for each, would take time with the
// square of their number.
type archives struct {
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
	body, err := unpackEntry(f, maxInside)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", plan.ErrUnpack, err)
	}
	return packages.InMemory(body), nil
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
	z, err := readZip(r)
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

// unpackEntry reads an entry of at most limit bytes, whatever the archive says of its size.
func unpackEntry(f *zip.File, limit int64) ([]byte, error) {
	if packed := f.CompressedSize64; packed < maxInside {
		limit = min(limit, baseEntry+entryPerByte*int64(packed))
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("it unpacks to more than %s: %w", text.Bytes(limit), errBig)
	}
	return body, err
}
