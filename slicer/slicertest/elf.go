package slicertest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// ELF describes an ELF file that is valid for whoever reads program headers and
// PT_DYNAMIC, as the loader, readelf -d and ldconfig do. It has no sections and
// no code: it can be loaded, not run.
//
// The zero value is a 64-bit x86-64 shared object that needs nothing. Machines
// of 32 bits (EM_386, EM_ARM) give 32-bit files. All files are little-endian.
// Those of EM_MIPS are as Debian's linkers make them: without a hash table, and
// with a relocation in MIPS's own form.
type ELF struct {
	Soname  string
	Needed  []string
	RPath   string
	RunPath string
	Interp  string
	Machine elf.Machine
	Exec    bool // ET_EXEC instead of ET_DYN

	// Define lists exported symbols: "name", "name@@VERSION" (the default one)
	// or "name@VERSION" (hidden).
	Define []string
	// Undefined lists needed symbols: "name" or "name@VERSION:soname".
	// A name that ends in "?" before the version is weak: "name?@VERSION:soname".
	Undefined []string
	// Strings are constants of the program, each ending in a NUL.
	Strings []string
	// Dlopen is the JSON of a .note.dlopen, such as
	// [{"soname":["libz.so.1"],"priority":"required"}].
	Dlopen string
	// System is the owner of a note that names the system: "OpenBSD".
	System string
}

// Bytes renders the file. Equal values give equal bytes.
func (e ELF) Bytes() []byte {
	w := &elfWriter{ELF: e, wide: e.Machine != elf.EM_386 && e.Machine != elf.EM_ARM, strings: []byte{0}}
	if w.Machine == elf.EM_NONE {
		w.Machine = elf.EM_X86_64
	}
	w.collect()
	return w.render()
}

type elfWriter struct {
	ELF
	wide      bool
	base      uint64
	strings   []byte
	symbols   []elfSymbol
	defined   []string   // versions, in order of use; index 2 and up
	needed    []elfNeeds // in order of use
	nextIndex uint16
	body      []byte // everything from offset 0
}

type elfSymbol struct {
	name    uint32
	weak    bool
	defined bool
	version uint16
}

type elfNeeds struct {
	soname   string
	versions []string
	indexes  []uint16
}

func (w *elfWriter) text(s string) uint32 {
	at := len(w.strings)
	w.strings = append(append(w.strings, s...), 0)
	return uint32(at)
}

// collect numbers the versions and lists the symbols.
func (w *elfWriter) collect() {
	w.nextIndex = 2
	if w.Exec {
		w.base = 0x400000
	}
	definitions := map[string]uint16{}
	for _, d := range w.Define {
		name, version, _ := strings.Cut(d, "@")
		hidden := version != "" && !strings.HasPrefix(version, "@")
		version = strings.TrimPrefix(version, "@")
		index := uint16(1)
		if version != "" {
			if definitions[version] == 0 {
				definitions[version] = w.nextIndex
				w.defined = append(w.defined, version)
				w.nextIndex++
			}
			index = definitions[version]
		}
		if hidden {
			index |= 0x8000
		}
		w.symbols = append(w.symbols, elfSymbol{name: w.text(name), defined: true, version: index})
	}
	for _, u := range w.Undefined {
		name, version, _ := strings.Cut(u, "@")
		version, soname, _ := strings.Cut(version, ":")
		name, weak := strings.CutSuffix(name, "?")
		index := uint16(1)
		if version != "" {
			index = w.need(soname, version)
		}
		w.symbols = append(w.symbols, elfSymbol{name: w.text(name), weak: weak, version: index})
	}
}

// need answers the index of a version wanted from a library.
func (w *elfWriter) need(soname, version string) uint16 {
	at := -1
	for i, n := range w.needed {
		if n.soname == soname {
			at = i
		}
	}
	if at < 0 {
		at = len(w.needed)
		w.needed = append(w.needed, elfNeeds{soname: soname})
	}
	for i, v := range w.needed[at].versions {
		if v == version {
			return w.needed[at].indexes[i]
		}
	}
	w.needed[at].versions = append(w.needed[at].versions, version)
	w.needed[at].indexes = append(w.needed[at].indexes, w.nextIndex)
	w.nextIndex++
	return w.nextIndex - 1
}

// put appends little-endian values at the next multiple of 8 and answers the
// offset of the first.
func (w *elfWriter) put(values ...any) uint64 {
	for len(w.body)%8 != 0 {
		w.body = append(w.body, 0)
	}
	at := len(w.body)
	w.append(values...)
	return uint64(at)
}

func (w *elfWriter) append(values ...any) {
	var b bytes.Buffer
	for _, v := range values {
		// Writing fixed-size values to a buffer cannot fail.
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	w.body = append(w.body, b.Bytes()...)
}

// render lays the file out: headers, notes, tables, strings, dynamic table.
func (w *elfWriter) render() []byte {
	header, program := 52, 32
	if w.wide {
		header, program = 64, 56
	}
	programs := 5
	if w.System != "" {
		programs++
	}
	w.body = make([]byte, header+programs*program)
	progs := []elf.Prog64{{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Align: 0x1000}}
	if w.Interp != "" {
		at := w.put(append([]byte(w.Interp), 0))
		progs = append(progs, w.prog(elf.PT_INTERP, at, 1))
	}
	if w.System != "" {
		name := append([]byte(w.System), make([]byte, 4-len(w.System)%4)...)
		at := w.put(uint32(len(name)), uint32(4), uint32(1), name, uint32(0))
		progs = append(progs, w.prog(elf.PT_NOTE, at, 4))
	}
	if w.Dlopen != "" {
		// The text ends in NUL bytes, up to the alignment of notes.
		text := append([]byte(w.Dlopen), make([]byte, 4-len(w.Dlopen)%4)...)
		at := w.put(uint32(4), uint32(len(text)), uint32(0x407c0c0a), []byte("FDO\x00"), text)
		progs = append(progs, w.prog(elf.PT_NOTE, at, 4))
	}
	for _, text := range w.Strings {
		w.append(append([]byte(text), 0))
	}
	dynamic := w.dynamic()
	at := w.put()
	for _, d := range dynamic {
		if w.wide {
			w.append(d)
		} else {
			w.append(int32(d.Tag), uint32(d.Val))
		}
	}
	progs = append(progs, w.prog(elf.PT_DYNAMIC, at, 8))
	progs = append(progs, elf.Prog64{Type: uint32(elf.PT_GNU_STACK), Flags: uint32(elf.PF_R | elf.PF_W), Align: 16})
	progs[0].Filesz, progs[0].Vaddr, progs[0].Paddr = uint64(len(w.body)), w.base, w.base
	progs[0].Memsz = progs[0].Filesz
	return w.headers(progs)
}

// prog describes what was written since an offset.
func (w *elfWriter) prog(t elf.ProgType, at, align uint64) elf.Prog64 {
	size := uint64(len(w.body)) - at
	return elf.Prog64{
		Type: uint32(t), Flags: uint32(elf.PF_R), Off: at, Vaddr: w.base + at, Paddr: w.base + at,
		Filesz: size, Memsz: size, Align: align,
	}
}

// headers writes the ELF and program headers over the start of the body.
func (w *elfWriter) headers(progs []elf.Prog64) []byte {
	body := w.body
	w.body = nil
	ident := [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	typ := elf.ET_DYN
	if w.Exec {
		typ = elf.ET_EXEC
	}
	if w.wide {
		w.append(elf.Header64{
			Ident: ident, Type: uint16(typ), Machine: uint16(w.Machine), Version: 1, Phoff: 64,
			Ehsize: 64, Phentsize: 56, Phnum: uint16(len(progs)), Shentsize: 64,
		})
		w.append(progs)
	} else {
		ident[elf.EI_CLASS] = byte(elf.ELFCLASS32)
		w.append(elf.Header32{
			Ident: ident, Type: uint16(typ), Machine: uint16(w.Machine), Version: 1, Phoff: 52,
			Ehsize: 52, Phentsize: 32, Phnum: uint16(len(progs)), Shentsize: 40,
		})
		for _, p := range progs {
			w.append(elf.Prog32{
				Type: p.Type, Off: uint32(p.Off), Vaddr: uint32(p.Vaddr), Paddr: uint32(p.Paddr),
				Filesz: uint32(p.Filesz), Memsz: uint32(p.Memsz), Flags: p.Flags, Align: uint32(p.Align),
			})
		}
	}
	copy(body, w.body)
	return body
}

// dynamic writes the tables and answers the dynamic entries that lead to them.
func (w *elfWriter) dynamic() []elf.Dyn64 {
	var table []elf.Dyn64
	add := func(tag elf.DynTag, value uint64) {
		table = append(table, elf.Dyn64{Tag: int64(tag), Val: value})
	}
	name := func(tag elf.DynTag, s string) {
		if s != "" {
			add(tag, uint64(w.text(s)))
		}
	}
	for _, n := range w.Needed {
		name(elf.DT_NEEDED, n)
	}
	name(elf.DT_SONAME, w.Soname)
	name(elf.DT_RPATH, w.RPath)
	name(elf.DT_RUNPATH, w.RunPath)

	count := uint32(len(w.symbols) + 1)
	if w.Machine == elf.EM_MIPS {
		add(elf.DT_MIPS_SYMTABNO, uint64(count))
		relocation := []any{w.base + 0x10, uint32(count - 1), [4]uint8{0, 0, uint8(elf.R_MIPS_64), uint8(elf.R_MIPS_REL32)}}
		add(elf.DT_REL, w.base+w.put(relocation...))
		add(elf.DT_RELSZ, 16)
	} else {
		add(elf.DT_HASH, w.base+w.putHash(count))
	}
	add(elf.DT_SYMTAB, w.base+w.putSymbols())
	size := uint64(16)
	if w.wide {
		size = 24
	}
	add(elf.DT_SYMENT, size)
	if len(w.defined)+len(w.needed) > 0 {
		indexes := []uint16{0}
		for _, s := range w.symbols {
			indexes = append(indexes, s.version)
		}
		add(elf.DT_VERSYM, w.base+w.put(indexes))
	}
	if len(w.defined) > 0 {
		add(elf.DT_VERDEF, w.base+w.putDefinitions())
		add(elf.DT_VERDEFNUM, uint64(len(w.defined)+1))
	}
	if len(w.needed) > 0 {
		add(elf.DT_VERNEED, w.base+w.putNeeds())
		add(elf.DT_VERNEEDNUM, uint64(len(w.needed)))
	}
	add(elf.DT_STRTAB, w.base+w.put(w.strings))
	add(elf.DT_STRSZ, uint64(len(w.strings)))
	add(elf.DT_NULL, 0)
	return table
}

// putHash writes a System V hash table with one bucket.
func (w *elfWriter) putHash(count uint32) uint64 {
	table := []uint32{1, count, 0}
	if count > 1 {
		table[2] = 1
	}
	for i := range count {
		next := i + 1
		if i == 0 || next == count {
			next = 0
		}
		table = append(table, next)
	}
	return w.put(table)
}

func (w *elfWriter) putSymbols() uint64 {
	at := w.put()
	for i, s := range append([]elfSymbol{{}}, w.symbols...) {
		sym := elf.Sym64{Name: s.name}
		if i > 0 {
			bind := elf.STB_GLOBAL
			if s.weak {
				bind = elf.STB_WEAK
			}
			sym.Info = elf.ST_INFO(bind, elf.STT_FUNC)
		}
		if s.defined {
			sym.Shndx, sym.Value, sym.Size = 1, w.base+0x10, 8
		}
		if w.wide {
			w.append(sym)
		} else {
			w.append(elf.Sym32{Name: sym.Name, Value: uint32(sym.Value), Size: uint32(sym.Size), Info: sym.Info, Shndx: sym.Shndx})
		}
	}
	return at
}

// putDefinitions writes the version definitions, the base one first.
func (w *elfWriter) putDefinitions() uint64 {
	at := w.put()
	base := w.Soname
	if base == "" {
		base = "base"
	}
	for i, name := range append([]string{base}, w.defined...) {
		flags, next := uint16(0), uint32(28)
		if i == 0 {
			flags = 1
		}
		if i == len(w.defined) {
			next = 0
		}
		w.append(uint16(1), flags, uint16(i+1), uint16(1), elfHash(name), uint32(20), next, w.text(name), uint32(0))
	}
	return at
}

func (w *elfWriter) putNeeds() uint64 {
	at := w.put()
	for i, need := range w.needed {
		next := uint32(16 + 16*len(need.versions))
		if i == len(w.needed)-1 {
			next = 0
		}
		w.append(uint16(1), uint16(len(need.versions)), w.text(need.soname), uint32(16), next)
		for j, version := range need.versions {
			next := uint32(16)
			if j == len(need.versions)-1 {
				next = 0
			}
			w.append(elfHash(version), uint16(0), need.indexes[j], w.text(version), next)
		}
	}
	return at
}

// elfHash is the hash of the System V gABI.
func elfHash(s string) uint32 {
	h := uint32(0)
	for i := range len(s) {
		h = h<<4 + uint32(s[i])
		top := h & 0xf0000000
		h = h ^ top>>24 ^ top
	}
	return h
}
