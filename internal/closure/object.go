// Package closure finds what ELF files need, as the dynamic loader finds it.
//
// An [Object] is one ELF file read through its program headers and PT_DYNAMIC,
// never through section headers: the loader does not look at sections either,
// and a file whose section table was stripped would otherwise seem to need
// nothing. [Solve] follows the search of ld.so(8) over a tree that need not
// exist on disk, [Prove] checks a finished tree, and [WriteCache] writes the
// cache that makes the loader find libraries in unusual directories.
//
// It follows the System V gABI (dynamic section, hash table, notes), the GNU
// extensions for symbol versions and DT_GNU_HASH as glibc reads them, the
// "dlopen metadata for ELF files" note of the UAPI group, and glibc's
// glibc-ld.so.cache1.1.
package closure

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
)

// ErrNotELF says that a file does not begin with the ELF magic. A file that
// does, and is then broken, gives another error.
var ErrNotELF = errors.New("not an ELF file")

// ErrMemory is wrapped by the error about a file whose tables need more memory
// than Within allows.
var ErrMemory = errors.New("its tables take too much memory")

// Option changes what Read reads.
type Option func(*options)

type options struct {
	symbols, strings bool
	memory           int64 // bytes that tables may take
}

// WithSymbols makes Read keep the dynamic symbols, which Prove needs and Solve
// does not. Without it an object of any size costs about a kilobyte.
func WithSymbols(o *options) { o.symbols = true }

// Within bounds the memory that the tables of the file may take while they are
// read, in bytes: beyond it the error wraps ErrMemory.
func Within(memory int64) Option { return func(o *options) { o.memory = memory } }

// Object is what the loader knows of one ELF file.
type Object struct {
	Class   elf.Class
	Machine elf.Machine
	OSABI   elf.OSABI // glibc's loader takes System V and Linux only
	Type    elf.Type

	Interp  string   // PT_INTERP, empty for libraries and static programs
	Soname  string   // DT_SONAME
	Needed  []string // DT_NEEDED and DT_FILTER, in file order
	RPath   []string // DT_RPATH, split at colons, tokens not expanded
	RunPath []string // DT_RUNPATH likewise; when there is one, the loader ignores RPath

	// NoDefaultLib is DF_1_NODEFLIB: the default directories are not searched.
	NoDefaultLib bool

	Provides  []string      // names of the version definitions, without the base one, sorted
	Requires  []VersionNeed // version needs, in file order
	Dlopen    []DlopenNote  // .note.dlopen, in file order
	Undefined []Symbol      // undefined symbols, in table order; only WithSymbols

	// Only WithStrings, sorted:
	Opens  []string // libraries that a string of the file is the name or the path of, without its own and those of Needed
	Starts []string // programs of Essential packages that strings of the file name, which starts programs, by base name

	Shell    bool // WithStrings: it imports system or popen, which hand a command line to /bin/sh
	Converts bool // WithStrings: it imports iconv_open

	symbols *symbolTable // nil unless WithSymbols
}

// VersionNeed lists the symbol versions that an object wants from one library.
type VersionNeed struct {
	Soname   string
	Versions []string // sorted; the loader refuses to start without them
	Weak     []string // sorted; VER_FLG_WEAK: missing ones only cause a warning
}

// Symbol is an undefined dynamic symbol.
type Symbol struct {
	Name    string
	Version string // empty when unversioned
	Soname  string // the library that the version need names, if any
	Weak    bool
}

// Dynamic says whether the file has a dynamic section: whether the loader has
// anything to do for it.
func (o *Object) Dynamic() bool {
	return o.Interp != "" || o.Soname != "" || len(o.Needed) > 0 || o.Type == elf.ET_DYN
}

// ReadsCharsets says whether the file has to do with texts in any character set: it converts them by itself, or
// reads XML, whose documents name theirs.
func (o *Object) ReadsCharsets() bool {
	return o.Converts || slices.ContainsFunc(o.Needed, func(n string) bool { return strings.HasPrefix(n, "libxml2.so.") })
}

// Cost is how many bytes of memory the object takes, about.
func (o *Object) Cost() int64 {
	n := 1000 + symbolSize*cap(o.Undefined)
	for _, list := range [][]string{o.Needed, o.RPath, o.RunPath, o.Provides} {
		for _, s := range list {
			n += 16 + len(s)
		}
	}
	for _, r := range o.Requires {
		n += 100
		for _, list := range [][]string{r.Versions, r.Weak} {
			for _, s := range list {
				n += 16 + len(s)
			}
		}
	}
	for _, d := range o.Dlopen {
		n += 100 + len(d.Description)
		for _, s := range d.Sonames {
			n += 16 + len(s)
		}
	}
	if t := o.symbols; t != nil {
		n += len(t.strtab) + exportSize*cap(t.exports)
	}
	return int64(n)
}

// Executable says whether the kernel can start the file: it names an
// interpreter, or is of type ET_EXEC.
func (o *Object) Executable() bool {
	return o.Interp != "" || o.Type == elf.ET_EXEC
}

// Read reads one ELF file of the given size. It answers ErrNotELF (wrapped)
// when the magic is missing, and another error that names the table and the
// offending value when the file is broken. It never reads or allocates more
// than the file holds.
func Read(r io.ReaderAt, size int64, opts ...Option) (*Object, error) {
	wanted := options{memory: math.MaxInt64}
	for _, set := range opts {
		set(&wanted)
	}
	f, err := openFile(r, size)
	if err != nil {
		return nil, err
	}
	f.left = wanted.memory
	o := &Object{Class: f.class, Machine: f.machine, OSABI: f.osabi, Type: f.typ}
	if err := f.readInterp(o); err != nil {
		return nil, fmt.Errorf("cannot read ELF interpreter: %w", err)
	}
	if err := f.readNotes(o); err != nil {
		return nil, fmt.Errorf("cannot read ELF notes: %w", err)
	}
	d, err := f.readDynamic()
	if err != nil {
		return nil, fmt.Errorf("cannot read ELF dynamic table: %w", err)
	}
	if err := d.fill(o); err != nil {
		return nil, fmt.Errorf("cannot read ELF dynamic table: %w", err)
	}
	versions, err := d.readVersions(o)
	if err != nil {
		return nil, fmt.Errorf("cannot read ELF symbol versions: %w", err)
	}
	if wanted.symbols {
		if err := d.readSymbols(o, versions); err != nil {
			return nil, fmt.Errorf("cannot read ELF symbols: %w", err)
		}
	}
	if wanted.strings {
		if err := d.readTexts(o, versions); err != nil {
			return nil, fmt.Errorf("cannot read the strings of an ELF file: %w", err)
		}
	}
	return o, nil
}

// file is an ELF file whose headers have been read.
type file struct {
	memory
	class   elf.Class
	machine elf.Machine
	osabi   elf.OSABI
	typ     elf.Type
	order   binary.ByteOrder
	progs   []segment
	left    int64 // bytes of memory that tables may still take
}

// take takes so many bytes of a table into account.
func (f *file) take(n int64) error {
	if f.left -= n; f.left < 0 {
		return ErrMemory
	}
	return nil
}

// segment is one program header.
type segment struct {
	typ                        elf.ProgType
	flags                      elf.ProgFlag
	offset, vaddr, filesz, aln uint64
}

func openFile(r io.ReaderAt, size int64) (*file, error) {
	f := &file{memory: memory{r: r, size: size}}
	ident, err := f.file(0, 4)
	if err != nil || string(ident) != elf.ELFMAG {
		if errors.Is(err, errRead) {
			return nil, err
		}
		return nil, ErrNotELF
	}
	if ident, err = f.file(0, elf.EI_NIDENT); err != nil {
		return nil, fmt.Errorf("cannot read ELF header: %w", err)
	}
	f.class, f.osabi = elf.Class(ident[elf.EI_CLASS]), elf.OSABI(ident[elf.EI_OSABI])
	switch data := elf.Data(ident[elf.EI_DATA]); data {
	case elf.ELFDATA2LSB:
		f.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		f.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("cannot read ELF header: unknown byte order %d", data)
	}
	if f.class != elf.ELFCLASS32 && f.class != elf.ELFCLASS64 {
		return nil, fmt.Errorf("cannot read ELF header: unknown class %d", f.class)
	}
	if err := f.readHeaders(); err != nil {
		return nil, fmt.Errorf("cannot read ELF header: %w", err)
	}
	return f, nil
}

func (f *file) readHeaders() error {
	wide := f.class == elf.ELFCLASS64
	length, entry := 52, 32
	if wide {
		length, entry = 64, 56
	}
	h, err := f.file(0, length)
	if err != nil {
		return err
	}
	f.typ = elf.Type(f.order.Uint16(h[16:]))
	f.machine = elf.Machine(f.order.Uint16(h[18:]))
	phoff, counts := uint64(f.order.Uint32(h[28:])), h[42:]
	if wide {
		phoff, counts = f.order.Uint64(h[32:]), h[54:]
	}
	entsize, count := int(f.order.Uint16(counts)), int(f.order.Uint16(counts[2:]))
	if count == 0 {
		return nil
	}
	if entsize != entry {
		return fmt.Errorf("program headers of %d bytes, want %d", entsize, entry)
	}
	if phoff > uint64(f.size) {
		return fmt.Errorf("program headers at %#x lie outside the file (%d bytes)", phoff, f.size)
	}
	table, err := f.file(int64(phoff), count*entry)
	if err != nil {
		return fmt.Errorf("%d program headers: %w", count, err)
	}
	for ; len(table) > 0; table = table[entry:] {
		s := f.segment(table, wide)
		if s.typ == elf.PT_LOAD {
			f.loads = append(f.loads, s)
		}
		f.progs = append(f.progs, s)
	}
	return nil
}

func (f *file) segment(h []byte, wide bool) segment {
	s := segment{typ: elf.ProgType(f.order.Uint32(h))}
	if wide {
		s.flags = elf.ProgFlag(f.order.Uint32(h[4:]))
		s.offset, s.vaddr = f.order.Uint64(h[8:]), f.order.Uint64(h[16:])
		s.filesz, s.aln = f.order.Uint64(h[32:]), f.order.Uint64(h[48:])
		return s
	}
	s.offset, s.vaddr = uint64(f.order.Uint32(h[4:])), uint64(f.order.Uint32(h[8:]))
	s.filesz, s.aln = uint64(f.order.Uint32(h[16:])), uint64(f.order.Uint32(h[28:]))
	s.flags = elf.ProgFlag(f.order.Uint32(h[24:]))
	return s
}

// maxPath is Linux's PATH_MAX: the kernel refuses a longer interpreter.
const maxPath = 4096

func (f *file) readInterp(o *Object) error {
	for _, s := range f.progs {
		if s.typ != elf.PT_INTERP || s.filesz == 0 {
			continue
		}
		if s.filesz > maxPath {
			return fmt.Errorf("name of %d bytes, at most %d are allowed", s.filesz, maxPath)
		}
		b, err := f.segmentBytes(s)
		if err != nil {
			return err
		}
		name, ok := cString(b)
		if !ok {
			return fmt.Errorf("name %q is not terminated", b)
		}
		o.Interp = name
		return nil
	}
	return nil
}

// RunsOn tells whether a file is for programs of a Debian architecture. Its machine does not say that alone: x32, of which
// cross compilers bring libraries, is amd64's machine with 32-bit files.
func (o *Object) RunsOn(arch string) bool {
	return o.Machine == debian.Machine(arch) && o.Class == elf.ELFCLASS64
}
