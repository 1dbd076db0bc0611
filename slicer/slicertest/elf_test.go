package slicertest

import (
	"bytes"
	"debug/elf"
	"testing"
)

func TestELFIsReadByTheStandardLibrary(t *testing.T) {
	for _, machine := range []elf.Machine{elf.EM_NONE, elf.EM_X86_64, elf.EM_AARCH64, elf.EM_386, elf.EM_ARM} {
		e := ELF{
			Machine: machine, Soname: "libx.so.1", Needed: []string{"libc.so.6"}, Interp: "/lib/ld.so",
			Define: []string{"a", "b@@V1"}, Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6"},
			Dlopen: `[{"soname":["libz.so.1"]}]`,
		}
		f, err := elf.NewFile(bytes.NewReader(e.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", machine, err)
		}
		want := machine
		if want == elf.EM_NONE {
			want = elf.EM_X86_64
		}
		if f.Machine != want || f.Type != elf.ET_DYN {
			t.Errorf("%s: got %s %s", machine, f.Machine, f.Type)
		}
		types := map[elf.ProgType]int{}
		for _, p := range f.Progs {
			types[p.Type]++
			if p.Off+p.Filesz > uint64(len(e.Bytes())) {
				t.Errorf("%s: %s leaves the file", machine, p.Type)
			}
		}
		for _, p := range []elf.ProgType{elf.PT_LOAD, elf.PT_DYNAMIC, elf.PT_INTERP, elf.PT_NOTE} {
			if types[p] != 1 {
				t.Errorf("%s: %d segments of type %s, want 1", machine, types[p], p)
			}
		}
	}
}

func TestELFIsDeterministic(t *testing.T) {
	e := ELF{Soname: "libx.so.1", Define: []string{"a@@V1", "b@V2", "c"}, Undefined: []string{"d@W:liby.so.1", "e?"}}
	if !bytes.Equal(e.Bytes(), e.Bytes()) {
		t.Error("the same value gives two files")
	}
}
