package compiled

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plugin makes a library of Graphviz: an ELF file with the table of its plugins, all pointers of which are relocations.
// Kinds are written as "number name=quality name=quality".
func plugin(machine elf.Machine, relative uint32, name string, kinds ...string) []byte {
	data := make([]byte, 64+56) // the headers come last
	var relocations []byte
	put := func(values ...any) uint64 {
		data = pad(data, 8)
		at := len(data)
		b := bytes.NewBuffer(data)
		for _, v := range values {
			_ = binary.Write(b, binary.LittleEndian, v)
		}
		data = b.Bytes()
		return uint64(at)
	}
	point := func(at, to uint64) {
		b := bytes.NewBuffer(relocations)
		_ = binary.Write(b, binary.LittleEndian, elf.Rela64{Off: at, Info: uint64(relative), Addend: int64(to)})
		relocations = b.Bytes()
	}
	text := func(s string) uint64 { return put(append([]byte(s), 0)) }
	apis := put(make([]byte, 16*(len(kinds)+1)))
	for i, k := range kinds {
		words := strings.Fields(k)
		types := put(make([]byte, 40*len(words)))
		for j, w := range words[1:] {
			name, quality, _ := strings.Cut(w, "=")
			point(types+uint64(40*j)+8, text(name))
			data[types+uint64(40*j)+16] = quality[0] - '0'
		}
		data[apis+uint64(16*i)] = words[0][0] - '0'
		point(apis+uint64(16*i)+8, types)
	}
	library := put(make([]byte, 16))
	point(library, text(name))
	point(library+8, apis)

	names := "\x00gvplugin_" + name + "_LTX_library\x00"
	strtab := put([]byte(names))
	symbols := put(elf.Sym64{}, elf.Sym64{Name: 1, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_OBJECT), Shndx: 1, Value: library, Size: 16})
	rela := put(relocations)
	sections := put(elf.Section64{},
		elf.Section64{Type: uint32(elf.SHT_DYNSYM), Off: symbols, Size: 48, Link: 2, Entsize: 24},
		elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: strtab, Size: uint64(len(names))},
		elf.Section64{Type: uint32(elf.SHT_RELA), Off: rela, Size: uint64(len(relocations)), Entsize: 24})
	size := uint64(len(data))
	var head bytes.Buffer
	_ = binary.Write(&head, binary.LittleEndian, elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(machine), Version: 1, Phoff: 64, Shoff: sections,
		Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64, Shnum: 4, Shstrndx: 2,
	})
	_ = binary.Write(&head, binary.LittleEndian, elf.Prog64{Type: uint32(elf.PT_LOAD), Filesz: size, Memsz: size, Align: 8})
	copy(data, head.Bytes())
	return data
}

func TestGraphvizPluginsAreReadForBothArchitectures(t *testing.T) {
	for machine, relative := range map[elf.Machine]uint32{
		elf.EM_X86_64: uint32(elf.R_X86_64_RELATIVE), elf.EM_AARCH64: uint32(elf.R_AARCH64_RELATIVE),
	} {
		got, ignored := Graphviz([]File{
			{"libgvplugin_pango.so.6", plugin(machine, relative, "cairo", "0 cairo=9", "3 png:cairo=5 ps:lasi=1")},
			{"libgvplugin_core.so.6", plugin(machine, relative, "core", "0 svg=1 dot=2", "3 svg:svg=1")},
			{"libother.so.6", plugin(machine, 0, "other")},
			{"notelf.so.6", []byte("x")},
		})
		want := "# Made by whittle, as \"dot -c\" does.\n\n" +
			"libgvplugin_core.so.6 core {\n\trender {\n\t\tsvg 1\n\t\tdot 2\n\t}\n\tdevice {\n\t\tsvg:svg 1\n\t}\n}\n" +
			"libgvplugin_pango.so.6 cairo {\n\trender {\n\t\tcairo 9\n\t}\n\tdevice {\n\t\tpng:cairo 5\n#FAILS\t\tps:lasi 1\n\t}\n}\n"
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", machine, diff)
		}
		if len(ignored) != 2 || ignored[0].Name != "libother.so.6" || ignored[1].Name != "notelf.so.6" {
			t.Errorf("%s: ignored %v", machine, ignored)
		}
	}
}

func FuzzGraphviz(f *testing.F) {
	f.Add(plugin(elf.EM_X86_64, uint32(elf.R_X86_64_RELATIVE), "core", "0 svg=1", "3 svg:svg=1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ignored := Graphviz([]File{{"libgvplugin_x.so.6", data}})
		if (got == nil) != (len(ignored) == 1) {
			t.Errorf("%q, %v", got, ignored)
		}
	})
}
