package closure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// errRead marks errors of the reader itself, as against those of the file.
var errRead = errors.New("read error")

// windowSize is how much is read at once. The headers, the dynamic strings and
// the versions of most libraries fit one or two windows.
const windowSize = 8 << 10

// memory reads a file by offset or by the address its PT_LOAD segments give it.
type memory struct {
	r     io.ReaderAt
	size  int64
	loads []segment

	window   []byte
	windowAt int64
}

// file answers n bytes at an offset. They are valid until the next call.
func (m *memory) file(at int64, n int) ([]byte, error) {
	if n < 0 || at < 0 || at > m.size || int64(n) > m.size-at {
		return nil, fmt.Errorf("%d bytes at offset %#x lie outside the file (%d bytes)", n, at, m.size)
	}
	if start := at - m.windowAt; start >= 0 && start+int64(n) <= int64(len(m.window)) {
		return m.window[start : start+int64(n)], nil
	}
	length := min(max(int64(n), windowSize), m.size-at)
	if int64(cap(m.window)) < length {
		m.window = make([]byte, length)
	}
	m.window = m.window[:length]
	m.windowAt = at
	if got, err := m.r.ReadAt(m.window, at); got < len(m.window) {
		m.window = m.window[:0]
		return nil, fmt.Errorf("%w: %d bytes at offset %#x: %w", errRead, length, at, err)
	}
	return m.window[:n], nil
}

// offset translates an address. It answers the offset and how many bytes of the
// file follow it within the segment.
func (m *memory) offset(vaddr uint64) (at int64, rest uint64, err error) {
	for _, s := range m.loads {
		if vaddr < s.vaddr || vaddr-s.vaddr >= s.filesz {
			continue
		}
		into := vaddr - s.vaddr
		if s.offset > uint64(m.size) || into > uint64(m.size)-s.offset {
			return 0, 0, fmt.Errorf("address %#x lies outside the file (%d bytes)", vaddr, m.size)
		}
		rest = min(s.filesz-into, uint64(m.size)-s.offset-into)
		return int64(s.offset + into), rest, nil
	}
	return 0, 0, fmt.Errorf("address %#x lies in no loaded segment", vaddr)
}

// at answers n bytes at an address, valid until the next call.
func (m *memory) at(vaddr, n uint64) ([]byte, error) {
	offset, rest, err := m.offset(vaddr)
	if err != nil {
		return nil, err
	}
	if n > rest {
		return nil, fmt.Errorf("%d bytes at address %#x: only %d are in the file", n, vaddr, rest)
	}
	return m.file(offset, int(n))
}

// copyAt answers n bytes at an address that stay valid.
func (m *memory) copyAt(vaddr, n uint64) ([]byte, error) {
	b, err := m.at(vaddr, n)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(b), nil
}

// segmentBytes answers the bytes of a segment, valid until the next call.
func (m *memory) segmentBytes(s segment) ([]byte, error) {
	if s.offset > uint64(m.size) || s.filesz > uint64(m.size) {
		return nil, fmt.Errorf("%d bytes at offset %#x lie outside the file (%d bytes)", s.filesz, s.offset, m.size)
	}
	return m.file(int64(s.offset), int(s.filesz))
}

// cString answers the bytes before the first NUL; false when there is none.
func cString(b []byte) (string, bool) {
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return "", false
	}
	return string(b[:end]), true
}
