package closure

import (
	"debug/elf"
	"encoding/json"
	"fmt"
	"strings"
)

// DlopenNote is one entry of .note.dlopen: a library that the object may open
// while it runs (UAPI group, "dlopen() Metadata for ELF Files").
type DlopenNote struct {
	Sonames     []string `json:"soname"` // alternatives, the preferred one first
	Feature     string   `json:"feature,omitempty"`
	Description string   `json:"description,omitempty"`
	Priority    string   `json:"priority,omitempty"` // required, recommended or suggested; empty means recommended
}

const (
	dlopenOwner = "FDO\x00"
	dlopenType  = 0x407c0c0a
	maxNotes    = 16 << 20  // bytes of one PT_NOTE segment; core files have large ones
	maxDlopen   = 256 << 10 // bytes of all dlopen notes of a file
)

// systems are the owners of notes by which a file says which system it is for, where its header says System V.
var systems = map[string]elf.OSABI{
	"FreeBSD": elf.ELFOSABI_FREEBSD, "NetBSD": elf.ELFOSABI_NETBSD, "OpenBSD": elf.ELFOSABI_OPENBSD,
}

// readNotes looks for dlopen notes in the PT_NOTE segments. Notes of others are
// skipped, and a segment that stops being a list of notes ends there: kernels,
// core files and old linkers put odd things into notes, and the loader does not
// mind. A dlopen note whose JSON is wrong is an error: it says what is needed.
func (f *file) readNotes(o *Object) error {
	if f.typ == elf.ET_CORE {
		return nil
	}
	left := uint64(maxDlopen)
	for _, s := range f.progs {
		if s.typ != elf.PT_NOTE || s.filesz == 0 || s.filesz > maxNotes {
			continue
		}
		b, err := f.segmentBytes(s)
		if err != nil {
			return err
		}
		align := uint64(4)
		if s.aln == 8 {
			align = 8
		}
		if err := f.readNoteSegment(o, b, align, &left); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) readNoteSegment(o *Object, b []byte, align uint64, left *uint64) error {
	pad := func(n uint64) uint64 { return (n + align - 1) &^ (align - 1) }
	for len(b) >= 12 {
		nameSize, descSize := uint64(f.order.Uint32(b)), uint64(f.order.Uint32(b[4:]))
		typ := f.order.Uint32(b[8:])
		start := pad(12 + nameSize)
		end := start + descSize
		if end > uint64(len(b)) {
			return nil
		}
		owner := string(b[12 : 12+nameSize])
		if abi, ok := systems[strings.TrimRight(owner, "\x00")]; ok {
			o.OSABI = abi
		}
		if typ == dlopenType && owner == dlopenOwner {
			if descSize > *left {
				return fmt.Errorf("dlopen notes of more than %d bytes", maxDlopen)
			}
			*left -= descSize
			notes, err := parseDlopen(b[start:end])
			if err != nil {
				return err
			}
			o.Dlopen = append(o.Dlopen, notes...)
		}
		b = b[min(pad(end), uint64(len(b))):]
	}
	return nil
}

// parseDlopen reads the JSON of a note, which may end in NUL bytes.
func parseDlopen(b []byte) ([]DlopenNote, error) {
	if text, ok := cString(b); ok {
		b = []byte(text)
	}
	var notes []DlopenNote
	if err := json.Unmarshal(b, &notes); err != nil {
		return nil, fmt.Errorf("dlopen note %.200q: %w", b, err)
	}
	for _, note := range notes {
		if len(note.Sonames) == 0 {
			return nil, fmt.Errorf("dlopen note %.200q names no library", b)
		}
	}
	return notes, nil
}
