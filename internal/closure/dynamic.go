package closure

import (
	"debug/elf"
	"fmt"
	"strings"
)

// Limits of what a sane file holds, far above what distributions ship. They
// bound the work that a hostile file can cause.
const (
	maxDynamic = 1 << 20  // bytes of the dynamic table
	maxStrings = 64 << 20 // bytes of the string table
	maxSymbols = 1 << 20  // dynamic symbols; the largest libraries have 300,000
	maxName    = 64 << 10 // bytes of a name in the dynamic table
)

// dynamic is the dynamic section of a file, and its string table.
type dynamic struct {
	*file
	values  map[elf.DynTag]uint64
	entries []entry // those that may occur more than once, in order
	strtab  string
	budget  uint64 // what is left for the bytes of names; see text
}

type entry struct {
	tag   elf.DynTag
	value uint64
}

// readDynamic reads PT_DYNAMIC. A file without one, such as a static program,
// has an empty table.
func (f *file) readDynamic() (*dynamic, error) {
	d := &dynamic{file: f, values: make(map[elf.DynTag]uint64)}
	for _, s := range f.progs {
		// Files with detached debug symbols keep the header, of size 0.
		if s.typ != elf.PT_DYNAMIC || s.filesz == 0 {
			continue
		}
		if s.filesz > maxDynamic {
			return nil, fmt.Errorf("%d bytes, at most %d are allowed", s.filesz, maxDynamic)
		}
		if err := d.readEntries(s); err != nil {
			return nil, err
		}
		return d, d.readStrings()
	}
	return d, nil
}

func (d *dynamic) readEntries(s segment) error {
	b, err := d.at(s.vaddr, s.filesz)
	if err != nil {
		return err
	}
	word := d.word()
	for ; len(b) >= 2*word; b = b[2*word:] {
		tag, value := elf.DynTag(int64(d.uint(b))), d.uint(b[word:])
		switch tag {
		case elf.DT_NULL:
			return nil
		case elf.DT_NEEDED, elf.DT_FILTER:
			d.entries = append(d.entries, entry{tag, value})
		default:
			d.values[tag] = value
		}
	}
	return nil
}

// word is the size of an address in bytes.
func (f *file) word() int {
	if f.class == elf.ELFCLASS64 {
		return 8
	}
	return 4
}

// uint reads one word.
func (f *file) uint(b []byte) uint64 {
	if f.class == elf.ELFCLASS64 {
		return f.order.Uint64(b)
	}
	return uint64(f.order.Uint32(b))
}

func (d *dynamic) readStrings() error {
	size := d.values[elf.DT_STRSZ]
	if size == 0 {
		return nil
	}
	if size > maxStrings {
		return fmt.Errorf("string table of %d bytes, at most %d are allowed", size, maxStrings)
	}
	if err := d.take(2 * int64(size)); err != nil { // the bytes, and the text of them
		return fmt.Errorf("string table: %w", err)
	}
	b, err := d.at(d.values[elf.DT_STRTAB], size)
	if err != nil {
		return fmt.Errorf("string table: %w", err)
	}
	d.strtab = string(b)
	d.budget = 16*size + 1<<20
	return nil
}

// view answers the string at an offset of the string table, sharing its memory.
func (d *dynamic) view(at uint64) (string, error) {
	if at >= uint64(len(d.strtab)) {
		return "", fmt.Errorf("string at %d lies outside the string table (%d bytes)", at, len(d.strtab))
	}
	s := d.strtab[at:]
	end := strings.IndexByte(s, 0)
	if end < 0 {
		return "", fmt.Errorf("string at %d of the string table is not terminated", at)
	}
	return s[:end], nil
}

// text is view for strings that outlive the string table. Names may share their bytes, and all of them together may not be more
// than 16 times as long as the table: a small file could else hold gigabytes.
func (d *dynamic) text(at uint64) (string, error) {
	s, err := d.view(at)
	if err == nil && len(s) > maxName {
		err = fmt.Errorf("string at %d of the string table has %d bytes, at most %d are allowed", at, len(s), maxName)
	}
	if err == nil && uint64(len(s)) > d.budget {
		err = fmt.Errorf("names overlap: together they are more than 16 times as long as the string table (%d bytes)", len(d.strtab))
	}
	if err != nil {
		return "", err
	}
	if err := d.take(int64(len(s))); err != nil {
		return "", err
	}
	d.budget -= uint64(len(s))
	return strings.Clone(s), nil
}

// fill sets what the dynamic table says by itself.
func (d *dynamic) fill(o *Object) error {
	seen := make(map[string]bool)
	for _, e := range d.entries {
		name, err := d.text(e.value)
		if err != nil {
			return fmt.Errorf("%s: %w", e.tag, err)
		}
		if name == "" {
			return fmt.Errorf("%s: the name is empty", e.tag)
		}
		if !seen[name] {
			seen[name] = true
			o.Needed = append(o.Needed, name)
		}
	}
	for tag, set := range map[elf.DynTag]func(string){
		elf.DT_SONAME:  func(s string) { o.Soname = s },
		elf.DT_RPATH:   func(s string) { o.RPath = splitPath(s) },
		elf.DT_RUNPATH: func(s string) { o.RunPath = splitPath(s) },
	} {
		at, ok := d.values[tag]
		if !ok {
			continue
		}
		s, err := d.text(at)
		if err != nil {
			return fmt.Errorf("%s: %w", tag, err)
		}
		set(s)
	}
	o.NoDefaultLib = elf.DynFlag1(d.values[elf.DT_FLAGS_1])&elf.DF_1_NODEFLIB != 0
	return nil
}

// splitPath splits a search path. Empty entries, which mean the working
// directory, are dropped: nobody can tell what it will be.
func splitPath(s string) []string {
	var dirs []string
	for dir := range strings.SplitSeq(s, ":") {
		if dir != "" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
