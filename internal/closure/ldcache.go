package closure

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// CacheEntry is one line of the loader's cache.
type CacheEntry struct {
	Soname string // what is asked for; the file may have another name
	Path   string // absolute
	HWCap  string // subdirectory of glibc-hwcaps, such as x86-64-v3; empty for all processors
	Flags  uint32 // kind and machine; ReadCache sets it, WriteCache goes by its machine
}

// The layout of glibc-ld.so.cache1.1 (glibc, sysdeps/generic/dl-cache.h): a
// header of 48 bytes, entries of 24, strings, and an extension directory at a
// multiple of four. Offsets count from the start of the file.
const (
	cacheMagic     = "glibc-ld.so.cache1.1"
	oldCacheMagic  = "ld.so-1.7.0"
	cacheHeader    = 48
	cacheEntrySize = 24
	cacheLittle    = 2          // byte order in the header: little endian
	extensionMagic = 0xeaa42174 // of the extension directory
	extensionHWCap = 1          // tag of the section that names hwcaps
	hwcapExtension = 1 << 62    // an entry's hwcap is an index into that section
	maxCacheSize   = 16 << 20
)

// cacheFlags are FLAG_ELF_LIBC6 (3) and the machine's bits. The loader skips
// entries of other machines.
func cacheFlags(m elf.Machine) (uint32, bool) {
	switch m {
	case elf.EM_X86_64:
		return 0x0303, true
	case elf.EM_AARCH64:
		return 0x0a03, true
	case elf.EM_386:
		return 0x0003, true
	case elf.EM_ARM:
		return 0x0903, true // hard float
	case elf.EM_PPC64:
		return 0x0503, true // little endian
	case elf.EM_RISCV:
		return 0x1003, true // double float
	}
	return 0, false
}

// HWCapOf answers the subdirectory of glibc-hwcaps that a file lies in; empty for
// other directories.
func HWCapOf(name string) string {
	dir := path.Dir(name)
	if path.Base(path.Dir(dir)) == "glibc-hwcaps" {
		return path.Base(dir)
	}
	return ""
}

// WriteCache writes an ld.so.cache for a machine. The order of the entries does
// not matter, except that of several for one soname and processor the first one
// stays. It refuses what the loader would read differently: names that are not
// plain ASCII, and two that only differ in leading zeroes, which the loader
// takes for the same.
func WriteCache(w io.Writer, m elf.Machine, entries []CacheEntry) error {
	flags, ok := cacheFlags(m)
	if !ok {
		return fmt.Errorf("cannot write loader cache: machine %s is not known", m)
	}
	for _, e := range entries {
		if err := checkEntry(e); err != nil {
			return fmt.Errorf("cannot write loader cache: %w", err)
		}
	}
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, compareEntries)
	sorted = slices.CompactFunc(sorted, func(a, b CacheEntry) bool { return a.Soname == b.Soname && a.HWCap == b.HWCap })
	for i := 1; i < len(sorted); i++ {
		a, b := sorted[i-1].Soname, sorted[i].Soname
		if a != b && compareNames(a, b) == 0 {
			return fmt.Errorf("cannot write loader cache: the loader takes %s and %s for the same name", a, b)
		}
	}
	b, err := renderCache(flags, sorted)
	if err != nil {
		return fmt.Errorf("cannot write loader cache: %w", err)
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("cannot write loader cache: %w", err)
	}
	return nil
}

func checkEntry(e CacheEntry) error {
	for _, s := range []string{e.Soname, e.Path, e.HWCap} {
		for i := range len(s) {
			if s[i] < ' ' || s[i] > '~' {
				return fmt.Errorf("%q is not plain ASCII", s)
			}
		}
	}
	switch {
	case e.Soname == "" || strings.Contains(e.Soname, "/"):
		return fmt.Errorf("soname %q of %s is not a file name", e.Soname, e.Path)
	case !path.IsAbs(e.Path):
		return fmt.Errorf("path %q of %s is not absolute", e.Path, e.Soname)
	}
	return nil
}

// compareEntries is the order of ldconfig: descending by name, so that the
// loader's binary search works, and those for some processors before the one
// for all, because the loader stops there.
func compareEntries(a, b CacheEntry) int {
	if by := compareNames(b.Soname, a.Soname); by != 0 {
		return by
	}
	// Names that compare equal without being so end up side by side.
	if by := cmp.Compare(b.Soname, a.Soname); by != 0 {
		return by
	}
	return cmp.Or(compareBool(a.HWCap == "", b.HWCap == ""), cmp.Compare(a.HWCap, b.HWCap))
}

// compareNames is glibc's _dl_cache_libcmp: digits compare as numbers, and come
// after anything else. Numbers wrap at 32 bits, as glibc's int does.
func compareNames(a, b string) int {
	for a != "" {
		switch {
		case digit(a) && digit(b):
			var x, y int32
			x, a = number(a)
			y, b = number(b)
			if x != y {
				return cmp.Compare(x-y, 0)
			}
		case digit(a):
			return 1
		case digit(b):
			return -1
		case b == "" || a[0] != b[0]:
			return cmp.Compare(a, b)
		default:
			a, b = a[1:], b[1:]
		}
	}
	return cmp.Compare(a, b)
}

func digit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// number reads the digits at the start.
func number(s string) (value int32, rest string) {
	for digit(s) {
		value = value*10 + int32(s[0]-'0')
		s = s[1:]
	}
	return value, s
}

// renderCache lays the file out.
func renderCache(flags uint32, entries []CacheEntry) ([]byte, error) {
	caps := capsOf(entries)
	text := stringPool{at: map[string]uint32{}, base: uint32(cacheHeader + cacheEntrySize*len(entries))}
	table := renderEntries(flags, entries, caps, &text)
	le := binary.LittleEndian
	var names []byte
	for _, name := range caps {
		names = le.AppendUint32(names, text.put(name))
	}
	end := cacheHeader + len(table) + len(text.bytes)
	if end > maxCacheSize {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", end, maxCacheSize)
	}
	extension := 0
	if len(caps) > 0 {
		extension = (end + 3) &^ 3
	}
	b := []byte(cacheMagic)
	b = le.AppendUint32(b, uint32(len(entries)))
	b = le.AppendUint32(b, uint32(len(text.bytes)))
	b = append(b, cacheLittle, 0, 0, 0)
	b = le.AppendUint32(b, uint32(extension))
	b = append(b, make([]byte, cacheHeader-len(b))...)
	b = append(append(b, table...), text.bytes...)
	if extension == 0 {
		return b, nil
	}
	b = append(b, make([]byte, extension-len(b))...)
	// The directory has one section, which follows it.
	for _, v := range []uint32{extensionMagic, 1, extensionHWCap, 0, uint32(extension + 24), uint32(len(names))} {
		b = le.AppendUint32(b, v)
	}
	return append(b, names...), nil
}

// capsOf are the capabilities of processors that entries name, sorted.
func capsOf(entries []CacheEntry) []string {
	var caps []string
	for _, e := range entries {
		if e.HWCap != "" {
			caps = append(caps, e.HWCap)
		}
	}
	slices.Sort(caps)
	return slices.Compact(caps)
}

// renderEntries is the table of the entries, whose names and paths go into the text.
func renderEntries(flags uint32, entries []CacheEntry, caps []string, text *stringPool) []byte {
	var table []byte
	le := binary.LittleEndian
	for _, e := range entries {
		table = le.AppendUint32(table, flags)
		table = le.AppendUint32(table, text.put(e.Soname))
		table = le.AppendUint32(table, text.put(e.Path))
		table = le.AppendUint32(table, 0) // needed kernel: any
		hwcap := uint64(0)
		if at, ok := slices.BinarySearch(caps, e.HWCap); ok {
			hwcap = hwcapExtension | uint64(at)
		}
		table = le.AppendUint64(table, hwcap)
	}
	return table
}

// stringPool holds each string once.
type stringPool struct {
	at    map[string]uint32
	bytes []byte
	base  uint32
}

func (p *stringPool) put(s string) uint32 {
	at, ok := p.at[s]
	if !ok {
		at = p.base + uint32(len(p.bytes))
		p.at[s] = at
		p.bytes = append(append(p.bytes, s...), 0)
	}
	return at
}

// ReadCache reads an ld.so.cache in the order of the file. It knows the format
// that glibc writes since 2.32, little endian; an older or cut one is an error.
func ReadCache(r io.ReaderAt, size int64) ([]CacheEntry, error) {
	if size > maxCacheSize {
		return nil, fmt.Errorf("cannot read loader cache: %d bytes, at most %d are allowed", size, maxCacheSize)
	}
	b := make([]byte, max(size, 0))
	if n, err := r.ReadAt(b, 0); n < len(b) {
		return nil, fmt.Errorf("cannot read loader cache: %w", err)
	}
	entries, err := parseCache(b)
	if err != nil {
		return nil, fmt.Errorf("cannot read loader cache: %w", err)
	}
	return entries, nil
}

func parseCache(b []byte) ([]CacheEntry, error) {
	if bytes.HasPrefix(b, []byte(oldCacheMagic)) {
		return nil, fmt.Errorf("the format of %s, which glibc before 2.32 wrote, is not supported", oldCacheMagic)
	}
	if !bytes.HasPrefix(b, []byte(cacheMagic)) || len(b) < cacheHeader {
		return nil, fmt.Errorf("%d bytes do not begin with a header of %s", len(b), cacheMagic)
	}
	// Zero is what glibc before 2.33 wrote.
	if order := b[28] & 3; order != cacheLittle && order != 0 {
		return nil, fmt.Errorf("byte order %d is not little endian", order)
	}
	le := binary.LittleEndian
	count := uint64(le.Uint32(b[20:]))
	if count*cacheEntrySize > uint64(len(b)-cacheHeader) {
		return nil, fmt.Errorf("%d entries do not fit %d bytes", count, len(b))
	}
	caps, err := cacheCaps(b)
	if err != nil {
		return nil, err
	}
	entries := make([]CacheEntry, 0, count)
	text := string(b)
	for i := range count {
		row := b[cacheHeader+i*cacheEntrySize:]
		e := CacheEntry{Flags: le.Uint32(row)}
		if e.Soname, err = cacheString(text, le.Uint32(row[4:])); err != nil {
			return nil, fmt.Errorf("name of entry %d: %w", i, err)
		}
		if e.Path, err = cacheString(text, le.Uint32(row[8:])); err != nil {
			return nil, fmt.Errorf("path of entry %d: %w", i, err)
		}
		if hwcap := le.Uint64(row[16:]); hwcap&hwcapExtension != 0 {
			at := uint64(uint32(hwcap))
			if at >= uint64(len(caps)) {
				return nil, fmt.Errorf("entry %d wants hwcap %d of %d", i, at, len(caps))
			}
			e.HWCap = caps[at]
		}
		entries = append(entries, e)
	}
	return entries, nil
}
