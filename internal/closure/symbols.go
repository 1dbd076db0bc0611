package closure

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
)

// symbolTable holds the symbols that an object exports. Its entries are sorted
// by hash, name and version, so that a look-up is a binary search and no hostile
// table can make it slow, which a hash chain could.
type symbolTable struct {
	strtab   string
	versions []string // names of the versions; 0 is none
	numbers  map[string]uint16
	exports  []export
}

type export struct {
	hash    uint32 // of the name
	name    uint32 // offset into strtab
	length  uint32
	version uint16 // index into versions
	hidden  bool   // not the default version
	plain   bool   // first of its name only: an unversioned reference finds the name
}

// Bytes of memory of a Symbol and of an export.
const symbolSize, exportSize = 56, 16

func (t *symbolTable) nameOf(e export) string { return t.strtab[e.name : e.name+e.length] }

// HasSymbol says whether the loader would bind a reference to this object. An
// empty version is an unversioned reference: it finds a definition without a
// version, one of the first version, or the default one. A versioned reference
// also finds a definition without a version, as glibc's check_match does.
// It answers false for an object read without symbols.
func (o *Object) HasSymbol(name, version string) bool {
	t := o.symbols
	if t == nil {
		return false
	}
	at := t.find(name, 0)
	if at == len(t.exports) || t.nameOf(t.exports[at]) != name {
		return false
	}
	if version == "" {
		return t.exports[at].plain
	}
	// Definitions without a version come first in their name's group.
	if t.exports[at].version == 0 {
		return true
	}
	number, ok := t.numbers[version]
	if !ok {
		return false
	}
	at = t.find(name, number)
	return at < len(t.exports) && t.exports[at].version == number && t.nameOf(t.exports[at]) == name
}

// find answers the first position that is not before a name and version.
func (t *symbolTable) find(name string, version uint16) int {
	hash := hashName(name)
	at, _ := slices.BinarySearchFunc(t.exports, version, func(e export, version uint16) int {
		if e.hash != hash {
			return cmp.Compare(e.hash, hash)
		}
		return cmp.Or(strings.Compare(t.nameOf(e), name), cmp.Compare(e.version, version))
	})
	return at
}

// HasSymbols says whether the object was read WithSymbols.
func (o *Object) HasSymbols() bool { return o.symbols != nil }

// DefinedNames lists what the object exports, sorted: "name" without a version,
// "name@VERSION" for a version that only a versioned reference finds, and
// "name@@VERSION" for the default one. FloorLibrary.Symbols has the same form.
func (o *Object) DefinedNames() []string {
	t := o.symbols
	if t == nil {
		return nil
	}
	names := make([]string, 0, len(t.exports))
	for _, e := range t.exports {
		name := t.nameOf(e)
		switch {
		case e.version == 0:
		case e.hidden:
			name += "@" + t.versions[e.version]
		default:
			name += "@@" + t.versions[e.version]
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hashName is FNV-1a. It orders the table; equality is always of the names.
func hashName(name string) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h
}

// readSymbols reads the dynamic symbol table.
func (d *dynamic) readSymbols(o *Object, versions map[uint16]version) error {
	t := &symbolTable{strtab: d.strtab, versions: []string{""}, numbers: make(map[string]uint16)}
	o.symbols = t
	count, err := d.symbolCount()
	if err != nil || count == 0 {
		return err
	}
	entry := uint64(16)
	if d.class == elf.ELFCLASS64 {
		entry = 24
	}
	if size, ok := d.values[elf.DT_SYMENT]; ok && size != entry {
		return fmt.Errorf("entries of %d bytes, want %d", size, entry)
	}
	if err := d.take(int64(count) * (int64(entry) + 2)); err != nil {
		return err
	}
	table, err := d.copyAt(d.values[elf.DT_SYMTAB], count*entry)
	if err != nil {
		return fmt.Errorf("table of %d: %w", count, err)
	}
	var indexes []byte
	if at, ok := d.values[elf.DT_VERSYM]; ok {
		if indexes, err = d.copyAt(at, count*2); err != nil {
			return fmt.Errorf("versions of %d: %w", count, err)
		}
	}
	reader := symbolReader{
		dynamic: d, table: t, versions: versions,
		budget: 64*uint64(len(d.strtab)) + 1<<20,
	}
	if err := reader.prepare(o, table, int(entry)); err != nil {
		return err
	}
	for i := range count {
		index := uint16(versionGlobal)
		if indexes != nil {
			index = d.order.Uint16(indexes[2*i:])
		}
		if err := reader.add(o, d.symbol(table[i*entry:]), index); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
	}
	t.sort()
	return nil
}

type symbol struct {
	name        uint32
	info, other byte
	section     elf.SectionIndex
	value       uint64
}

func (f *file) symbol(b []byte) symbol {
	if f.class == elf.ELFCLASS64 {
		return symbol{f.order.Uint32(b), b[4], b[5], elf.SectionIndex(f.order.Uint16(b[6:])), f.order.Uint64(b[8:])}
	}
	return symbol{f.order.Uint32(b), b[12], b[13], elf.SectionIndex(f.order.Uint16(b[14:])), uint64(f.order.Uint32(b[4:]))}
}

// symbolReader sorts the entries of a symbol table into exports and needs.
type symbolReader struct {
	*dynamic
	table    *symbolTable
	versions map[uint16]version
	// budget bounds the bytes of all names together. Names may share their
	// bytes, so a small file can hold a million names of a megabyte each.
	budget uint64
}

// prepare makes room for what the entries of a table will say: lists that grow would take twice as much.
func (r *symbolReader) prepare(o *Object, table []byte, entry int) error {
	undefined := 0
	for row := range slices.Chunk(table, entry) {
		if r.symbol(row).section == elf.SHN_UNDEF {
			undefined++
		}
	}
	defined := len(table)/entry - undefined
	if err := r.take(int64(undefined*symbolSize + defined*exportSize)); err != nil {
		return err
	}
	o.Undefined, r.table.exports = make([]Symbol, 0, undefined), make([]export, 0, defined)
	return nil
}

func (r *symbolReader) add(o *Object, s symbol, index uint16) error {
	binding, kind := elf.ST_BIND(s.info), elf.ST_TYPE(s.info)
	if binding == elf.STB_LOCAL || kind == elf.STT_SECTION || kind == elf.STT_FILE || s.name == 0 {
		return nil
	}
	name, err := r.view(uint64(s.name))
	if err != nil {
		return err
	}
	if uint64(len(name)) > r.budget {
		return fmt.Errorf("names overlap: together they are more than 64 times as long as the string table (%d bytes)", len(r.strtab))
	}
	r.budget -= uint64(len(name))
	v := r.versions[index&versionMask]
	if s.section == elf.SHN_UNDEF {
		o.Undefined = append(o.Undefined, Symbol{name, v.name, v.soname, binding == elf.STB_WEAK})
		return nil
	}
	visibility := elf.SymVis(s.other & 3)
	if visibility == elf.STV_HIDDEN || visibility == elf.STV_INTERNAL {
		return nil
	}
	// The loader skips symbols of value 0, except absolute and thread-local ones.
	if s.value == 0 && s.section != elf.SHN_ABS && kind != elf.STT_TLS {
		return nil
	}
	number, ok := r.table.numbers[v.name]
	if !ok && v.name != "" {
		number = uint16(len(r.table.versions))
		r.table.numbers[v.name] = number
		r.table.versions = append(r.table.versions, v.name)
	}
	hidden := index&versionHidden != 0
	r.table.exports = append(r.table.exports, export{
		hash: hashName(name), name: s.name, length: uint32(len(name)),
		version: number, hidden: hidden, plain: !hidden || index&versionMask <= 2,
	})
	return nil
}

// sort orders the exports and gathers, in the first of each name, whether an
// unversioned reference finds any of them.
func (t *symbolTable) sort() {
	slices.SortFunc(t.exports, func(a, b export) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		if a.name != b.name {
			if by := strings.Compare(t.nameOf(a), t.nameOf(b)); by != 0 {
				return by
			}
		}
		return cmp.Or(cmp.Compare(a.version, b.version), compareBool(a.hidden, b.hidden))
	})
	first := 0
	for i := range t.exports {
		same := t.exports[i].hash == t.exports[first].hash && t.nameOf(t.exports[i]) == t.nameOf(t.exports[first])
		if !same {
			first = i
		}
		t.exports[first].plain = t.exports[first].plain || t.exports[i].plain
	}
	// Equal entries say nothing new, and a table full of them would slow look-ups.
	t.exports = slices.CompactFunc(t.exports, func(a, b export) bool {
		return a.hash == b.hash && a.version == b.version && a.hidden == b.hidden && t.nameOf(a) == t.nameOf(b)
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
