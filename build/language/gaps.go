package language

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
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
// addresses (ET_EXEC) of 64 bits are changed; the addresses stay, and so does everything that is loaded. Programs of 100 MB are
// usual: what stays is copied by the kernel, and only tables and gaps are read.
func CloseGaps(file string) error {
	in, err := OpenFile(file)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", file, err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", file, err)
	}
	p, ok := readProgram(in, info.Size())
	if !ok {
		return nil
	}
	gaps := p.gaps(in)
	if len(gaps) == 0 {
		return nil
	}
	fresh := file + ".new"
	if err = p.copyWithout(gaps, in, fresh, info.Mode().Perm()); err == nil {
		err = os.Rename(fresh, file)
	}
	if err != nil {
		return fmt.Errorf("cannot close the gaps of %s: %w", filepath.Base(file), errors.Join(err, os.RemoveAll(fresh)))
	}
	return nil
}

// program is what an ELF file says of its parts (System V ABI, chapters 4 and 5).
type program struct {
	size     uint64 // of the file, in bytes
	header   elf.Header64
	segments []elf.Prog64
	sections []elf.Section64
}

// readProgram reads the tables of a program at fixed addresses, 64-bit and little endian; false for any other file.
func readProgram(from io.ReaderAt, size int64) (program, bool) {
	p := program{size: uint64(size)}
	read := func(at uint64, to any) bool {
		return at <= p.size && binary.Read(io.NewSectionReader(from, int64(at), size-int64(at)), binary.LittleEndian, to) == nil
	}
	if !read(0, &p.header) || !bytes.HasPrefix(p.header.Ident[:], []byte(elf.ELFMAG)) {
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
func (p program) gaps(file io.ReaderAt) []span {
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
	slices.SortFunc(used, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var all []span
	end := uint64(0)
	for _, u := range used {
		if u.to > p.size || u.from > u.to {
			return nil // it is not what its tables say
		}
		if u.from > end && loaded[u.from] {
			whole := (u.from - end) / largestPage * largestPage
			if gap := (span{u.from - whole, u.from}); whole > 0 && gap.isZero(file) {
				all = append(all, gap)
			}
		}
		end = max(end, u.to)
	}
	return all
}

// isZero tells whether a part of a file is nothing but zeros.
func (s span) isZero(file io.ReaderAt) bool {
	var page [largestPage]byte
	for at := s.from; at < s.to; {
		n := min(uint64(len(page)), s.to-at)
		if _, err := file.ReadAt(page[:n], int64(at)); err != nil || len(bytes.Trim(page[:n], "\x00")) > 0 {
			return false
		}
		at += n
	}
	return true
}

// copyWithout writes a program without its gaps: what stands behind them moves up, and its tables say so.
func (p program) copyWithout(gaps []span, in *os.File, fresh string, mode fs.FileMode) (err error) {
	out, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	from := uint64(0)
	for _, gap := range append(gaps, span{from: p.size}) {
		if _, err := in.Seek(int64(from), io.SeekStart); err != nil {
			return err
		}
		if _, err := io.CopyN(out, in, int64(gap.from-from)); err != nil {
			return err
		}
		from = gap.to
	}
	moved := p.without(gaps)
	for at, table := range map[uint64]any{0: moved.header, moved.header.Phoff: moved.segments, moved.header.Shoff: moved.sections} {
		if err := binary.Write(io.NewOffsetWriter(out, int64(at)), binary.LittleEndian, table); err != nil {
			return err
		}
	}
	return nil
}

// without is what a program says of its parts when its gaps are gone.
func (p program) without(gaps []span) program {
	moved := func(at uint64) uint64 {
		to := at
		for _, g := range gaps {
			if at >= g.to {
				to -= g.to - g.from
			}
		}
		return to
	}
	p.segments, p.sections = slices.Clone(p.segments), slices.Clone(p.sections)
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
	return p
}
