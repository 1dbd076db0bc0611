package closure

import (
	"debug/elf"
	"fmt"
)

// symbolCount answers how many dynamic symbols there are. No entry of the
// dynamic table says it: DT_HASH has one chain for each, DT_GNU_HASH ends with
// the last one it holds. A GNU table that holds none (a program that exports
// nothing) says nothing about the undefined symbols before it; then the highest
// one that a relocation names counts, which is all the loader looks at. On MIPS
// the table does say it, and has no hash table that others know.
func (d *dynamic) symbolCount() (uint64, error) {
	if _, ok := d.values[elf.DT_SYMTAB]; !ok {
		return 0, nil
	}
	if n, ok := d.values[elf.DT_MIPS_SYMTABNO]; ok && (d.machine == elf.EM_MIPS || d.machine == elf.EM_MIPS_RS3_LE) {
		return checkCount(n)
	}
	// On these two the entries of DT_HASH have eight bytes, against the gABI.
	wide := d.machine == elf.EM_S390 && d.class == elf.ELFCLASS64 || d.machine == elf.EM_ALPHA
	if at, ok := d.values[elf.DT_HASH]; ok && !wide {
		b, err := d.at(at, 8)
		if err != nil {
			return 0, fmt.Errorf("hash table: %w", err)
		}
		return checkCount(uint64(d.order.Uint32(b[4:])))
	}
	if at, ok := d.values[elf.DT_GNU_HASH]; ok {
		count, err := d.gnuCount(at)
		if err != nil {
			return 0, fmt.Errorf("GNU hash table: %w", err)
		}
		if count > 0 {
			return checkCount(count)
		}
	}
	count, err := d.relocatedCount()
	if err != nil {
		return 0, fmt.Errorf("relocations: %w", err)
	}
	return checkCount(count)
}

func checkCount(n uint64) (uint64, error) {
	if n > maxSymbols {
		return 0, fmt.Errorf("%d symbols, at most %d are allowed", n, maxSymbols)
	}
	return n, nil
}

// gnuCount answers the number of symbols by DT_GNU_HASH, 0 for an empty table.
func (d *dynamic) gnuCount(at uint64) (uint64, error) {
	b, err := d.at(at, 16)
	if err != nil {
		return 0, err
	}
	buckets, first := uint64(d.order.Uint32(b)), uint64(d.order.Uint32(b[4:]))
	bloom := uint64(d.order.Uint32(b[8:])) * uint64(d.word())
	if buckets > maxSymbols {
		return 0, fmt.Errorf("%d buckets, at most %d are allowed", buckets, maxSymbols)
	}
	at += 16 + bloom
	table, err := d.at(at, 4*buckets)
	if err != nil {
		return 0, fmt.Errorf("%d buckets: %w", buckets, err)
	}
	last := uint64(0)
	for ; len(table) >= 4; table = table[4:] {
		last = max(last, uint64(d.order.Uint32(table)))
	}
	if last < first || last == 0 {
		return 0, nil
	}
	// The chain of the highest bucket ends with the highest symbol.
	for chain := at + 4*buckets; ; last++ {
		if last > maxSymbols {
			return 0, fmt.Errorf("a chain does not end within %d symbols", maxSymbols)
		}
		b, err := d.at(chain+4*(last-first), 4)
		if err != nil {
			return 0, fmt.Errorf("chain of symbol %d: %w", last, err)
		}
		if d.order.Uint32(b)&1 != 0 {
			return last + 1, nil
		}
	}
}

// relocatedCount answers one more than the highest symbol of a relocation.
func (d *dynamic) relocatedCount() (uint64, error) {
	rel, rela := uint64(2*d.word()), uint64(3*d.word())
	plt := rel
	if elf.DynTag(d.values[elf.DT_PLTREL]) == elf.DT_RELA {
		plt = rela
	}
	highest := uint64(0)
	for _, table := range []struct{ at, size, entry uint64 }{
		{d.values[elf.DT_RELA], d.values[elf.DT_RELASZ], rela},
		{d.values[elf.DT_REL], d.values[elf.DT_RELSZ], rel},
		{d.values[elf.DT_JMPREL], d.values[elf.DT_PLTRELSZ], plt},
	} {
		if table.size == 0 {
			continue
		}
		last, err := d.highestSymbol(table.at, table.size, table.entry)
		if err != nil {
			return 0, err
		}
		highest = max(highest, last)
	}
	if highest == 0 {
		return 0, nil
	}
	return highest + 1, nil
}

func (d *dynamic) highestSymbol(at, size, entry uint64) (uint64, error) {
	b, err := d.at(at, size)
	if err != nil {
		return 0, err
	}
	highest := uint64(0)
	for ; uint64(len(b)) >= entry; b = b[entry:] {
		info := d.uint(b[d.word():])
		if d.class == elf.ELFCLASS64 {
			highest = max(highest, info>>32)
		} else {
			highest = max(highest, info>>8)
		}
	}
	return highest, nil
}
