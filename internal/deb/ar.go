package deb

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The format of ar as deb(5) uses it: a magic line, then members, each a header
// of 60 bytes in text and the content, padded to an even length.
const (
	arMagic      = "!<arch>\n"
	arHeaderSize = 60
	arMaxMembers = 32 // three are needed, signatures may follow
)

// arMember is one member of the ar archive that a package is.
type arMember struct {
	name         string
	offset, size int64 // of its content
}

// readAr lists the members of the ar archive of the given size. Every member
// lies wholly within it, and nothing else does but padding.
func readAr(r io.ReaderAt, size int64) ([]arMember, error) {
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), magic); err != nil || string(magic) != arMagic {
		return nil, fmt.Errorf("it does not begin as an ar archive does: %q", magic)
	}
	var members []arMember
	for pos := int64(len(arMagic)); pos < size; {
		if len(members) == arMaxMembers {
			return nil, fmt.Errorf("it has more than %d members", arMaxMembers)
		}
		m, err := readArMember(r, pos, size)
		if err != nil {
			return nil, fmt.Errorf("ar member at byte %d: %w", pos, err)
		}
		members = append(members, m)
		pos = m.offset + m.size
		if pos%2 == 1 {
			if err := checkArPadding(r, pos, size); err != nil {
				return nil, fmt.Errorf("ar member %q: %w", m.name, err)
			}
			pos++
		}
	}
	return members, nil
}

func readArMember(r io.ReaderAt, pos, size int64) (arMember, error) {
	header := make([]byte, arHeaderSize)
	if n, err := io.ReadFull(io.NewSectionReader(r, pos, size-pos), header); err != nil {
		return arMember{}, fmt.Errorf("header is cut off after %d bytes: %w", n, err)
	}
	if string(header[58:]) != "`\n" {
		return arMember{}, fmt.Errorf("no header there: %q", header)
	}
	name := strings.TrimSuffix(strings.TrimRight(string(header[:16]), " "), "/")
	length, err := strconv.ParseUint(strings.TrimRight(string(header[48:58]), " "), 10, 63)
	if err != nil {
		return arMember{}, fmt.Errorf("size of %q is no number: %q", name, header[48:58])
	}
	m := arMember{name: name, offset: pos + arHeaderSize, size: int64(length)}
	if m.size > size-m.offset {
		return arMember{}, fmt.Errorf("%q claims %d bytes, but %d are left", name, m.size, size-m.offset)
	}
	return m, nil
}

// checkArPadding accepts the newline that ar demands, a NUL, which some writers
// use, and nothing at all at the end of the file.
func checkArPadding(r io.ReaderAt, pos, size int64) error {
	if pos >= size {
		return nil
	}
	var pad [1]byte
	if n, err := r.ReadAt(pad[:], pos); n < 1 {
		return fmt.Errorf("cannot read padding: %w", err)
	}
	if pad[0] != '\n' && pad[0] != 0 {
		return fmt.Errorf("padding is %q", pad[0])
	}
	return nil
}
