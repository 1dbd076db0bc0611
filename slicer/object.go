package slicer

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
)

// readObject reads an ELF file of unknown size; nil when the file is no ELF file.
func readObject(r ReaderAtCloser, opts ...closure.Option) (*closure.Object, error) {
	size, err := sizeOf(r)
	if err != nil {
		return nil, err
	}
	o, err := closure.Read(r, size, opts...)
	if errors.Is(err, closure.ErrNotELF) {
		return nil, nil
	}
	return o, err
}

func sizeOf(r ReaderAtCloser) (int64, error) {
	s, ok := r.(io.Seeker)
	if !ok {
		return 0, errors.New("cannot tell the size of a file that does not seek")
	}
	return s.Seek(0, io.SeekEnd)
}

// at is where a file of a layer stands in the image: the tree of a run image or a root has no layers' directories.
func (p *plan) at(layer, path string) string {
	return p.want.Floor.At(layer, path)
}

// object reads the ELF facts of a planned file, once for equal bytes.
func (p *plan) object(f *planned) (*closure.Object, error) {
	if f.SHA256 != "" && f.isLargeEnough() {
		if o, ok := p.objects[f.SHA256]; ok {
			return o, nil
		}
	}
	o, err := f.elf()
	if err == nil && f.SHA256 != "" && f.isLargeEnough() {
		p.objects[f.SHA256] = o
	}
	return o, err
}

// elf reads the ELF facts of a planned file; nil if it is no ELF file, or too small to be one.
func (f *planned) elf(opts ...closure.Option) (*closure.Object, error) {
	if !f.isLargeEnough() {
		return nil, nil
	}
	return f.object(opts...)
}

// isLargeEnough tells whether a planned file has room for the header of an ELF file.
func (f *planned) isLargeEnough() bool { return f.Kind == File && f.Size >= 64 }

// object reads the ELF facts of a file, or takes what was noted when its package was unpacked; nil if it is no ELF file.
func (f *planned) object(opts ...closure.Option) (*closure.Object, error) {
	if noted, ok := f.facts(); ok && len(opts) == 0 {
		return noted.object, nil
	}
	r, err := f.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	o, err := readObject(r, opts...)
	if err != nil {
		return nil, fmt.Errorf("cannot read /%s of %s: %w", f.Path, f.owner(), err)
	}
	return o, nil
}

// facts are what was noted of a file when its package was unpacked. They are not known of files that a script may have
// written to, nor where nothing was unpacked.
func (f *planned) facts() (facts, bool) {
	if f.from == nil || f.from.facts == nil || f.at.SHA256 != f.SHA256 {
		return facts{}, false
	}
	noted := f.from.facts[f.SHA256]
	return noted, !noted.unread
}

// head returns the beginning of a script, at least its first line or 256 bytes; of other files it may be empty.
func (f *planned) head() ([]byte, error) {
	if noted, ok := f.facts(); ok {
		return []byte(noted.head), nil
	}
	return f.read(256)
}

// links are the symbolic links by which the loader may reach a library: those of files, the doors, and the run image's own.
func linksOf(floor *Floor, files iter.Seq[*planned]) map[string]string {
	links := map[string]string{}
	for f := range files {
		if f.Kind == Symlink {
			links[floor.At(f.Layer, f.Path)] = f.Link
		}
	}
	maps.Copy(links, floor.linksWithDoors())
	return links
}

// cacheDirs are the directories whose libraries the loader's cache will list, of the layers of files and of some more. In a
// root there is no need of a cache.
func cacheDirs(floor *Floor, triplet string, files iter.Seq[*planned], more ...string) []string {
	if !floor.Layered() {
		return nil
	}
	layers := map[string]bool{}
	for _, layer := range more {
		layers[layer] = true
	}
	for f := range files {
		layers[f.Layer] = true
	}
	var dirs []string
	for _, layer := range slices.Sorted(maps.Keys(layers)) {
		for _, dir := range debian.LibraryDirs(triplet) {
			dirs = append(dirs, LayerPath(layer, dir))
		}
	}
	return dirs
}

func (w Want) closureLayer() string {
	if w.ClosureLayer == "" {
		return LayerLibs
	}
	return w.ClosureLayer
}

// foreign tells why an ELF file of the app is not for this image: wheels, jars and prebuilt modules often bring files for
// several systems, of which the app picks one at run time. Other systems are told by the ABI in the ELF header, and where
// that says nothing by the names of their C libraries: only glibc's are libc.so.6 and libm.so.6.
func foreign(o *closure.Object, arch string) string {
	switch {
	case !o.RunsOn(arch):
		return "it is built for another machine"
	case o.OSABI != elf.ELFOSABI_NONE && o.OSABI != elf.ELFOSABI_LINUX:
		return "it is built for another system (" + o.OSABI.String() + ")"
	}
	for _, n := range o.Needed {
		switch stem, version, _ := strings.Cut(n, ".so"); {
		case strings.HasPrefix(n, "libc.musl-"):
			return "it is built for musl, not for glibc"
		case (stem == "libc" || stem == "libm") && version != ".6":
			return "it is built for another C library (" + n + "), not for glibc"
		}
	}
	return ""
}
