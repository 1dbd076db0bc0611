package language

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// program64 is a program of two segments, the second of which stands at a multiple of 2 MB, with a section in each and one
// behind them.
func program64(kind elf.Type, between byte) []byte {
	const large = 2 << 20
	h := elf.Header64{Type: uint16(kind), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 2, Shentsize: 64, Shnum: 3, Shoff: large + 200}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	segments := []elf.Prog64{
		{Type: uint32(elf.PT_LOAD), Off: 0, Vaddr: large, Filesz: 300, Memsz: 300, Align: 4096},
		{Type: uint32(elf.PT_LOAD), Off: large, Vaddr: 2 * large, Filesz: 100, Memsz: 100, Align: large},
	}
	sections := []elf.Section64{{}, {Type: uint32(elf.SHT_PROGBITS), Addr: 2 * large, Off: large, Size: 100, Addralign: large}, {Type: uint32(elf.SHT_PROGBITS), Off: large + 100, Size: 100}}
	data := make([]byte, large+200+3*64)
	for at, table := range map[int]any{0: h, 64: segments, large + 200: sections} {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, table); err != nil {
			panic(err)
		}
		copy(data[at:], b.Bytes())
	}
	copy(data[large:], "the second segment")
	copy(data[large+100:], "behind")
	data[large/2] = between
	return data
}

// TestCloseGaps removes zeros that no segment loads, and nothing else.
func TestCloseGaps(t *testing.T) {
	for _, row := range []struct {
		name    string
		data    []byte
		smaller int
	}{
		{"zeros", program64(elf.ET_EXEC, 0), 2<<20 - 64<<10},
		{"something between segments that no table tells of", program64(elf.ET_EXEC, 1), 0},
		{"a program that may stand anywhere", program64(elf.ET_DYN, 0), 0},
		{"a file that ends early", program64(elf.ET_EXEC, 0)[:3<<10], 0},
		{"a script", []byte("#!/bin/sh\n"), 0},
		{"nothing", nil, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(file, row.data, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := CloseGaps(file); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(file)
			if err != nil || len(row.data)-len(got) != row.smaller {
				t.Fatalf("it lost %d bytes, want %d; %v", len(row.data)-len(got), row.smaller, err)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o755 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
			if row.smaller == 0 {
				if !bytes.Equal(got, row.data) {
					t.Error("it was changed")
				}
				return
			}
			checkProgram(t, got)
		})
	}
}

// checkProgram checks that all parts of a program are where its tables say, and where pages want them.
func checkProgram(t *testing.T, data []byte) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Progs {
		if (p.Vaddr-p.Off)%p.Align != 0 {
			t.Errorf("the segment at %#x stands at %#x of the file, which is no multiple of %#x from it", p.Vaddr, p.Off, p.Align)
		}
	}
	for i, want := range map[int]string{1: "the second segment", 2: "behind"} {
		text, err := f.Sections[i].Data()
		if err != nil || !bytes.HasPrefix(text, []byte(want)) {
			t.Errorf("section %d is %q, %v", i, text, err)
		}
	}
	var second [18]byte
	if _, err := f.Progs[1].ReadAt(second[:], 0); err != nil || string(second[:]) != "the second segment" {
		t.Errorf("the second segment is %q, %v", second, err)
	}
}

// TestGapsOfLargeProgramsAreClosedOnTheDisk: Node.js has 120 MB, which nobody needs in memory.
func TestGapsOfLargeProgramsAreClosedOnTheDisk(t *testing.T) {
	const size = 64 << 20
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, program64(elf.ET_EXEC, 0), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := CloseGaps(file); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if info, err := os.Stat(file); err != nil || info.Size() != size-(2<<20-64<<10) {
		t.Errorf("it has %d bytes, %v", info.Size(), err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("it took %d bytes of memory", got)
	}
}
