package inspect

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
)

type head struct{ *bytes.Reader }

func (head) Close() error { return nil }

func elfOf(at string, m elf.Machine) slicer.Object {
	text := make([]byte, 64)
	copy(text, elf.ELFMAG)
	binary.LittleEndian.PutUint16(text[18:], uint16(m))
	return slicer.Object{Path: at, Open: func() (packages.ReaderAtCloser, error) { return head{bytes.NewReader(text)}, nil }}
}

// TestArchOfARootWithAnothersLibraries has roots without a config whose first ELF file is for another machine: a cross
// compiler's libraries sort before its programs.
func TestArchOfARootWithAnothersLibraries(t *testing.T) {
	arm, amd := elf.EM_ARM, elf.EM_X86_64
	cross := []slicer.Object{elfOf("/usr/arm/lib/a.so", arm), elfOf("/usr/arm/lib/b.so", arm), elfOf("/usr/arm/lib/c.so", arm), elfOf("/usr/bin/arm-gcc", amd)}
	for _, row := range []struct {
		name    string
		objects []slicer.Object
		want    string
	}{
		{"programs on PATH decide", cross, "amd64"},
		{"most files decide without any", append(cross[:1:1], elfOf("/usr/lib/x.so", amd), elfOf("/usr/lib/y.so", amd)), "amd64"},
		{"the first of as many", append(cross[:1:1], elfOf("/usr/lib/x.so", amd)), "armhf"},
		{"files in jars do not count", []slicer.Object{elfOf("/app.jar!/a.so", arm), elfOf("/app.jar!/b.so", arm), elfOf("/x.so", amd)}, "amd64"},
		{"machines that are not told apart do not count", []slicer.Object{elfOf("/a.so", elf.EM_AVR), elfOf("/b.so", elf.EM_AVR), elfOf("/x.so", amd)}, "amd64"},
		{"none", nil, ""},
	} {
		if got := Arch(&image.Opened{}, row.objects); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
