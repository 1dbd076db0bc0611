package closure

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"whittle.dev/whittle/slicer/slicertest"
)

// seeds are files of every shape the reader knows.
func seeds() [][]byte {
	return [][]byte{
		slicertest.ELF{}.Bytes(),
		rich().Bytes(),
		slicertest.ELF{Machine: elf.EM_386, Soname: "a", Needed: []string{"b"}, Define: []string{"c@@V"}}.Bytes(),
		slicertest.ELF{Exec: true, Interp: "/lib/ld.so", Undefined: []string{"x@V:libx.so.1"}}.Bytes(),
	}
}

func rich() slicertest.ELF {
	return slicertest.ELF{
		Soname: "libx.so.1", Needed: []string{"libc.so.6"}, RunPath: "$ORIGIN",
		Interp: "/lib64/ld-linux-x86-64.so.2", Define: []string{"a@@V1", "b@V2"},
		Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6"}, Dlopen: `[{"soname":["libz.so.1"]}]`,
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := Read(bytes.NewReader(b), int64(len(b)), WithSymbols)
		if (o == nil) == (err == nil) {
			t.Fatalf("got object %v and error %v", o, err)
		}
		if err == nil {
			for _, s := range o.Undefined {
				o.HasSymbol(s.Name, s.Version)
			}
			o.DefinedNames()
		}
	})
}

func TestReadRefusesEveryCut(t *testing.T) {
	b := rich().Bytes()
	for n := 4; n < len(b); n++ {
		if _, err := Read(bytes.NewReader(b[:n]), int64(n), WithSymbols); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(b))
		}
	}
}

func TestReadSurvivesEveryByte(t *testing.T) {
	b := rich().Bytes()
	for i := range b {
		for _, v := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			changed := bytes.Clone(b)
			changed[i] = v
			o, err := Read(bytes.NewReader(changed), int64(len(changed)), WithSymbols)
			if (o == nil) == (err == nil) {
				t.Fatalf("byte %d = %#x: object %v, error %v", i, v, o, err)
			}
		}
	}
}

// entryAt answers where the value of a dynamic entry lies in a 64-bit file.
func entryAt(t *testing.T, b []byte, tag elf.DynTag) int {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Progs {
		for at := p.Off; p.Type == elf.PT_DYNAMIC && at < p.Off+p.Filesz; at += 16 {
			if elf.DynTag(binary.LittleEndian.Uint64(b[at:])) == tag {
				return int(at) + 8
			}
		}
	}
	t.Fatalf("no entry %s", tag)
	return 0
}

func TestReadRefusesBrokenTables(t *testing.T) {
	set := func(tag elf.DynTag, value uint64) func(*testing.T, []byte) {
		return func(t *testing.T, b []byte) { binary.LittleEndian.PutUint64(b[entryAt(t, b, tag):], value) }
	}
	// inTable changes 32 bits within the table that an entry leads to.
	inTable := func(tag elf.DynTag, offset int, value uint32) func(*testing.T, []byte) {
		return func(t *testing.T, b []byte) {
			at := int(binary.LittleEndian.Uint64(b[entryAt(t, b, tag):]))
			binary.LittleEndian.PutUint32(b[at+offset:], value)
		}
	}
	for _, c := range []struct {
		name, want string
		change     func(*testing.T, []byte)
	}{
		{"program headers outside", "outside the file", func(_ *testing.T, b []byte) { b[39] = 0x7f }},
		{"program headers of odd size", "program headers of 57 bytes", func(_ *testing.T, b []byte) { b[54] = 57 }},
		{"byte order", "unknown byte order", func(_ *testing.T, b []byte) { b[5] = 3 }},
		{"class", "unknown class", func(_ *testing.T, b []byte) { b[4] = 9 }},
		{"needed outside strings", "outside the string table", set(elf.DT_NEEDED, 1<<40)},
		{"needed empty", "the name is empty", set(elf.DT_NEEDED, 0)},
		{"soname outside strings", "outside the string table", set(elf.DT_SONAME, 1<<20)},
		{"strings not terminated", "is not terminated", set(elf.DT_STRSZ, 12)},
		{"strings too large", "at most 67108864", set(elf.DT_STRSZ, 1<<40)},
		{"strings outside", "lies in no loaded segment", set(elf.DT_STRTAB, 1<<40)},
		{"huge version count", "at most 32768", set(elf.DT_VERDEFNUM, 1<<60)},
		{"huge need count", "at most 32768", set(elf.DT_VERNEEDNUM, 1<<60)},
		{"version need outside", "address", inTable(elf.DT_VERNEED, 8, 0xffffff)},
		{"huge symbol count", "at most 1048576", inTable(elf.DT_HASH, 4, 0xffffffff)},
		{"more symbols than file", "table of 100000", inTable(elf.DT_HASH, 4, 100000)},
		{"symbol name outside", "outside the string table", inTable(elf.DT_SYMTAB, 24, 0xffffff)},
		{"symbol size", "entries of 7 bytes", set(elf.DT_SYMENT, 7)},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := rich().Bytes()
			c.change(t, b)
			_, err := Read(bytes.NewReader(b), int64(len(b)), WithSymbols)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "cannot read ELF") {
				t.Errorf("error %q does not begin with what failed", err)
			}
		})
	}
}

// Both version chains can be made to point at themselves.
func TestReadEndsOnCyclicVersionChains(t *testing.T) {
	b := rich().Bytes()
	for _, tag := range []elf.DynTag{elf.DT_VERDEFNUM, elf.DT_VERNEEDNUM} {
		binary.LittleEndian.PutUint64(b[entryAt(t, b, tag):], maxVersions)
	}
	needs := int(binary.LittleEndian.Uint64(b[entryAt(t, b, elf.DT_VERNEED):]))
	binary.LittleEndian.PutUint16(b[needs+2:], 0xffff) // versions wanted from the library
	binary.LittleEndian.PutUint32(b[needs+16+12:], 0)  // the first is the last
	binary.LittleEndian.PutUint32(b[needs+12:], 1)     // the next library overlaps this one
	if _, err := Read(bytes.NewReader(b), int64(len(b))); err == nil {
		t.Error("no error")
	}
}

// A small file can hold a million symbols that share one long name.
func TestReadBoundsOverlappingNames(t *testing.T) {
	e := slicertest.ELF{Define: []string{strings.Repeat("x", 1<<20)}}
	for range 100 {
		e.Define = append(e.Define, "y")
	}
	b := e.Bytes()
	table := int(binary.LittleEndian.Uint64(b[entryAt(t, b, elf.DT_SYMTAB):]))
	for i := 2; i < 102; i++ {
		binary.LittleEndian.PutUint32(b[table+24*i:], uint32(1))
	}
	_, err := Read(bytes.NewReader(b), int64(len(b)), WithSymbols)
	if err == nil || !strings.Contains(err.Error(), "names overlap") {
		t.Errorf("got %v, want an error about overlapping names", err)
	}
}

func TestReadRefusesDlopenNoteThatIsNoJSON(t *testing.T) {
	for _, text := range []string{"{", `[{"feature":"x"}]`, `"libz.so.1"`} {
		b := slicertest.ELF{Dlopen: text}.Bytes()
		_, err := Read(bytes.NewReader(b), int64(len(b)))
		if err == nil || !strings.Contains(err.Error(), "dlopen note") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestReadTellsAReaderThatFails(t *testing.T) {
	b := rich().Bytes()
	_, err := Read(bytes.NewReader(b[:len(b)/2]), int64(len(b)))
	if err == nil || strings.Contains(err.Error(), ErrNotELF.Error()) {
		t.Errorf("got %v, want a read error", err)
	}
}
