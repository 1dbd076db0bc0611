package packages

import (
	"errors"
	"io"

	"whittle.dev/whittle/internal/closure"
)

// ReadELF reads the ELF facts of an open file; nil, and no error, of one that is no ELF file.
func ReadELF(r ReaderAtCloser, opts ...closure.Option) (*closure.Object, error) {
	size, err := SizeOf(r)
	if err != nil {
		return nil, err
	}
	o, err := closure.Read(r, size, opts...)
	if errors.Is(err, closure.ErrNotELF) {
		return nil, nil
	}
	return o, err
}

// SizeOf is the size of an open file in bytes; an error where it cannot seek.
func SizeOf(r ReaderAtCloser) (int64, error) {
	s, ok := r.(io.Seeker)
	if !ok {
		return 0, errors.New("cannot tell the size of a file that does not seek")
	}
	return s.Seek(0, io.SeekEnd)
}
