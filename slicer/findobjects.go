package slicer

import (
	"archive/zip"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/internal/pieces"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/packages"
)

// FindObjects lists the ELF files of a tree that stands at an absolute path of the image, in the order of their paths.
// Links are not followed. ELF files inside Java archives, wheels and Python's zip apps are listed too, as "/app/app.jar!/org/x/libx.so": the
// app unpacks them while it runs, and then they need libraries as any other file does. They are found by their content, in
// archives inside archives as well (Spring Boot's).
func FindObjects(tree fs.FS, at string) ([]Object, error) {
	return FindObjectsWithin(tree, at, maxListed)
}

// maxListed is the bound of FindObjects.
const maxListed = 1 << 30

// FindObjectsWithin is FindObjects of a tree whose archives may cost so many bytes of memory: for their lists of files, and for the ELF
// files in them that are found. Beyond that it ends with an error.
func FindObjectsWithin(tree fs.FS, at string, memory int64) ([]Object, error) {
	s := objectSearch{tree: tree, at: at, opened: archives{memory: memory}}
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
	in := inside{archives: a, budget: maxUnpacked, memory: a.memory}
	if err := in.list(archive, r, maxNested); err != nil {
		return nil, fmt.Errorf("cannot look into %s: %w", archive.Path, err)
	}
	return in.objects, nil
}

// inside lists what archives hold.
type inside struct {
	*archives
	objects []Object
	budget  int64 // bytes of archives in it that may be unpacked
	memory  int64 // bytes that lists of files may take
}

func (in *inside) list(archive Object, r packages.ReaderAtCloser, depth int) error {
	z, cost, err := readZip(r, in.memory)
	if errors.Is(err, errBig) {
		return err
	}
	if err != nil {
		return nil // no zip
	}
	if err := in.count(cost); err != nil {
		return err
	}
	in.memory -= cost
	defer func() { in.memory += cost }()
	for _, f := range z.File {
		o := Object{Path: archive.Path + "!/" + path.Join("/", f.Name)[1:], Open: func() (packages.ReaderAtCloser, error) { return in.archives.open(archive, f.Name) }}
		switch {
		case strings.HasSuffix(f.Name, "/") || strings.HasSuffix(f.Name, ".class"):
		case isZip(f.Name):
			if err := in.nested(o, f, depth); err != nil {
				return err
			}
		case beginsAsELF(f):
			if err := in.keep(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// objectCost is what an ELF file in an archive takes, in bytes beside its path.
const objectCost = 200

func (in *inside) keep(o Object) error {
	cost := objectCost + int64(len(o.Path))
	in.archives.memory -= cost
	if in.memory -= cost; in.memory < 0 {
		return fmt.Errorf("its ELF files take more than the %s of memory that are left for it: %w", text.Bytes(in.memory+cost), errBig)
	}
	in.objects = append(in.objects, o)
	return nil
}

// nested looks into an archive inside an archive. Its bytes are unpacked for this, and again by whoever opens a file of it.
func (in *inside) nested(o Object, f *zip.File, depth int) error {
	if depth == 1 {
		return fmt.Errorf("%s: archives lie in archives more than %d deep", o.Path, maxNested)
	}
	body, size, err := unpackEntry(f, min(maxInside, in.budget))
	if full := in.count(size); full != nil {
		if err == nil {
			err = body.Close()
		}
		return errors.Join(fmt.Errorf("%s: %w", o.Path, full), err)
	}
	if errors.Is(err, errBig) {
		return fmt.Errorf("%s: %w", o.Path, err)
	}
	if err != nil {
		return nil
	}
	defer body.Close()
	in.budget -= size
	return in.list(o, body, depth-1)
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
