package language

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// largestPage is the largest page of memory that Linux uses on any architecture, in bytes. A segment stands in a file and in
// memory at the same place of a page, and loaders ask for no more.
const largestPage = 64 << 10

// CloseGaps removes from a program the zeros that stand between its segments. A linker that puts a segment at a multiple of
// 2 MB in memory, so that it may lie in large pages, does so in the file as well, where nobody needs it. Only programs at fixed
// addresses (ET_EXEC) of 64 bits are changed; the addresses stay, and so does everything that is loaded.
func CloseGaps(file string) error {
	data, mode, err := readWhole(file)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", file, err)
	}
	p, ok := readProgram(data)
	if !ok {
		return nil
	}
	gaps := p.gaps(data)
	if len(gaps) == 0 {
		return nil
	}
	fresh := file + ".new"
	if err = os.WriteFile(fresh, p.without(data, gaps), mode); err == nil {
		err = os.Rename(fresh, file)
	}
	if err != nil {
		return fmt.Errorf("cannot close the gaps of %s: %w", filepath.Base(file), err)
	}
	return nil
}

func readWhole(file string) ([]byte, fs.FileMode, error) {
	f, err := OpenFile(file)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	data, err := io.ReadAll(f)
	return data, info.Mode().Perm(), err
}

// program is what an ELF file says of its parts (System V ABI, chapters 4 and 5).
type program struct {
	header   elf.Header64
	segments []elf.Prog64
	sections []elf.Section64
}

func readProgram(data []byte) (program, bool) {
	var p program
	read := func(at uint64, to any) bool {
		return at <= uint64(len(data)) && binary.Read(bytes.NewReader(data[at:]), binary.LittleEndian, to) == nil
	}
	if !bytes.HasPrefix(data, []byte(elf.ELFMAG)) || !read(0, &p.header) {
		return p, false
	}
	h := p.header
	if h.Ident[elf.EI_CLASS] != byte(elf.ELFCLASS64) || h.Ident[elf.EI_DATA] != byte(elf.ELFDATA2LSB) || elf.Type(h.Type) != elf.ET_EXEC ||
		int(h.Phentsize) != binary.Size(elf.Prog64{}) || int(h.Shentsize) != binary.Size(elf.Section64{}) {
		return p, false
	}
	p.segments, p.sections = make([]elf.Prog64, h.Phnum), make([]elf.Section64, h.Shnum)
	return p, read(h.Phoff, p.segments) && read(h.Shoff, p.sections)
}

// span is a part of a file, in bytes.
type span struct{ from, to uint64 }

// gaps are the runs of zeros in front of segments that belong to nothing, in whole pages, in order.
func (p program) gaps(data []byte) []span {
	tables := func(at uint64, n, size uint16) span { return span{at, at + uint64(n)*uint64(size)} }
	used := []span{{0, uint64(p.header.Ehsize)}, tables(p.header.Phoff, p.header.Phnum, p.header.Phentsize), tables(p.header.Shoff, p.header.Shnum, p.header.Shentsize)}
	loaded := map[uint64]bool{}
	for _, s := range p.segments {
		used = append(used, span{s.Off, s.Off + s.Filesz})
		loaded[s.Off] = loaded[s.Off] || elf.ProgType(s.Type) == elf.PT_LOAD
	}
	for _, s := range p.sections {
		if elf.SectionType(s.Type) != elf.SHT_NOBITS {
			used = append(used, span{s.Off, s.Off + s.Size})
		}
	}
	slices.SortFunc(used, func(a, b span) int { return int(a.from) - int(b.from) })
	var all []span
	end := uint64(0)
	for _, u := range used {
		if u.to > uint64(len(data)) || u.from > u.to {
			return nil // it is not what its tables say
		}
		if u.from > end && loaded[u.from] {
			whole := (u.from - end) / largestPage * largestPage
			if gap := (span{u.from - whole, u.from}); whole > 0 && len(bytes.Trim(data[gap.from:gap.to], "\x00")) == 0 {
				all = append(all, gap)
			}
		}
		end = max(end, u.to)
	}
	return all
}

// without is the file without its gaps: what stands behind them moves up, and its tables say so.
func (p program) without(data []byte, gaps []span) []byte {
	moved := func(at uint64) uint64 {
		to := at
		for _, g := range gaps {
			if at >= g.to {
				to -= g.to - g.from
			}
		}
		return to
	}
	for i := range p.segments {
		s := &p.segments[i]
		s.Off = moved(s.Off)
		if elf.ProgType(s.Type) == elf.PT_LOAD && s.Align > largestPage && (s.Vaddr-s.Off)%s.Align != 0 {
			s.Align = largestPage
		}
	}
	for i := range p.sections {
		p.sections[i].Off = moved(p.sections[i].Off)
	}
	p.header.Phoff, p.header.Shoff = moved(p.header.Phoff), moved(p.header.Shoff)
	var out []byte
	from := uint64(0)
	for _, g := range gaps {
		out, from = append(out, data[from:g.from]...), g.to
	}
	out = append(out, data[from:]...)
	for at, table := range map[uint64]any{0: p.header, p.header.Phoff: p.segments, p.header.Shoff: p.sections} {
		var b bytes.Buffer
		_ = binary.Write(&b, binary.LittleEndian, table) // into memory, of fixed size
		copy(out[at:], b.Bytes())
	}
	return out
}
