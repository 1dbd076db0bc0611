package deb

import (
	"fmt"
	"io"
	"strings"
)

// File is an open .deb. It keeps no state between calls, so its methods may be
// called in any order, repeatedly, and by several goroutines.
type File struct {
	r             io.ReaderAt
	limits        Limits
	control, data arMember
}

// Open reads the outline of the package of the given size, in bytes: deb(5)
// format 2.x, with a control archive and a data archive. As deb(5) demands,
// members whose name begins with "_" are passed over, and so is what comes after
// the data archive; but a second archive of either kind is refused, for two
// readers could choose differently.
//
// Errors do not name the file, which only the caller knows.
func Open(r io.ReaderAt, size int64, limits Limits) (*File, error) {
	members, err := readAr(r, size)
	if err != nil {
		return nil, fmt.Errorf("cannot read package: %w", err)
	}
	f := &File{r: r, limits: limits.orDefaults()}
	if err := f.checkFormat(members); err != nil {
		return nil, fmt.Errorf("cannot read package: %w", err)
	}
	if err := f.findArchives(members[1:]); err != nil {
		return nil, fmt.Errorf("cannot read package: %w", err)
	}
	for _, m := range []arMember{f.control, f.data} {
		if _, err := compressionOf(m.name); err != nil {
			return nil, fmt.Errorf("cannot read package: %w", err)
		}
	}
	return f, nil
}

// checkFormat checks debian-binary, which is first and says "2.<minor>\n".
func (f *File) checkFormat(members []arMember) error {
	if len(members) == 0 || members[0].name != "debian-binary" {
		return fmt.Errorf("its first member is not debian-binary")
	}
	const longest = 64
	m := members[0]
	version := make([]byte, min(m.size, longest))
	if _, err := io.ReadFull(io.NewSectionReader(f.r, m.offset, m.size), version); err != nil {
		return fmt.Errorf("debian-binary: %w", err)
	}
	line, _, ended := strings.Cut(string(version), "\n")
	minor, is2 := strings.CutPrefix(line, "2.")
	if !ended || !is2 || !isNumber(minor) {
		return fmt.Errorf("its format is %q, not 2.x", excerpt(line))
	}
	return nil
}

// findArchives finds the control and data archives in what follows debian-binary.
func (f *File) findArchives(members []arMember) error {
	for _, m := range members {
		part := ""
		switch {
		case m.name == "control.tar" || strings.HasPrefix(m.name, "control.tar."):
			part = "control"
			if f.data.name != "" || f.control.name != "" {
				return fmt.Errorf("member %q is out of place", m.name)
			}
			f.control = m
		case m.name == "data.tar" || strings.HasPrefix(m.name, "data.tar."):
			part = "data"
			if f.data.name != "" || f.control.name == "" {
				return fmt.Errorf("member %q is out of place", m.name)
			}
			f.data = m
		}
		if part == "" && f.data.name == "" && !strings.HasPrefix(m.name, "_") {
			return fmt.Errorf("member %q is not known", m.name)
		}
	}
	if f.control.name == "" {
		return fmt.Errorf("it has no control.tar")
	}
	if f.data.name == "" {
		return fmt.Errorf("it has no data.tar")
	}
	return nil
}
