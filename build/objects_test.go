package build

import (
	"bytes"
	"encoding/binary"
	"testing"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestDynamicProgramIsSeenWithoutSectionHeaders: strip and packers take them away, and the loader never reads them.
func TestDynamicProgramIsSeenWithoutSectionHeaders(t *testing.T) {
	object := func(name string, data []byte) slicer.Object {
		return slicer.Object{Path: name, Open: func() (packages.ReaderAtCloser, error) { return file{bytes.NewReader(data)}, nil }}
	}
	bare := slicertest.ELFOf("exec", "needs=libc.so.6").Bytes()
	binary.LittleEndian.PutUint64(bare[0x28:], 0) // e_shoff
	binary.LittleEndian.PutUint16(bare[0x3c:], 0) // e_shnum
	binary.LittleEndian.PutUint16(bare[0x3e:], 0) // e_shstrndx
	static := slicertest.ELFOf("exec").Bytes()
	for _, row := range []struct {
		name    string
		objects []slicer.Object
		want    string
	}{
		{"none", nil, ""},
		{"no ELF file", []slicer.Object{object("/text", []byte("text"))}, ""},
		{"static", []slicer.Object{object("/static", static)}, ""},
		{"without section headers", []slicer.Object{object("/static", static), object("/bare", bare)}, "/bare"},
	} {
		if got, ok := firstDynamic(row.objects); got != row.want || ok != (row.want != "") {
			t.Errorf("%s: got %q, %v", row.name, got, ok)
		}
	}
}

type file struct{ *bytes.Reader }

func (file) Close() error { return nil }
