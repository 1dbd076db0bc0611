package compiled

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// graphvizAPIs are the kinds of plugins of Graphviz, by number (api_t of gvplugin.h).
var graphvizAPIs = []string{"render", "layout", "textlayout", "device", "loadimage"}

// Graphviz writes config6a, in which Graphviz looks up what its plugins can do, as "dot -c" does: for each plugin library
// what it calls itself, and the types of each of its kinds with their quality. All of it is read from the tables that a
// plugin exports (gvplugin_library_t), with the relocations that the loader would apply; nothing is loaded. A type "a:b"
// that needs a renderer b which no library has is marked as failing. Libraries that have no such table are left out.
// Without any plugin nil is returned.
func Graphviz(libraries []File) ([]byte, []Ignored) {
	var plugins []graphvizPlugin
	var ignored []Ignored
	renderers := map[string]bool{}
	for _, l := range slices.SortedFunc(slices.Values(libraries), func(a, b File) int { return strings.Compare(a.Name, b.Name) }) {
		p, err := readGraphvizPlugin(l)
		if err != nil {
			ignored = append(ignored, Ignored{l.Name, err})
			continue
		}
		plugins = append(plugins, p)
		for _, k := range p.kinds {
			for _, t := range k.types {
				renderers[t.name] = renderers[t.name] || k.name == "render"
			}
		}
	}
	if len(plugins) == 0 {
		return nil, ignored
	}
	out := bytes.NewBufferString("# Made by whittle, as \"dot -c\" does.\n\n")
	for _, p := range plugins {
		fmt.Fprintf(out, "%s %s {\n", p.file, p.name)
		for _, k := range p.kinds {
			fmt.Fprintf(out, "\t%s {\n", k.name)
			for _, t := range k.types {
				if _, renderer, needs := strings.Cut(t.name, ":"); needs && !renderers[renderer] {
					out.WriteString("#FAILS")
				}
				fmt.Fprintf(out, "\t\t%s %d\n", t.name, t.quality)
			}
			out.WriteString("\t}\n")
		}
		out.WriteString("}\n")
	}
	return out.Bytes(), ignored
}

type graphvizPlugin struct {
	file, name string
	kinds      []graphvizKind
}

type graphvizKind struct {
	name  string
	types []graphvizType
}

type graphvizType struct {
	name    string
	quality int32
}

// maxGraphvizTypes bounds what a library may claim; Debian's largest has some forty.
const maxGraphvizTypes = 4096

// readGraphvizPlugin reads the tables of one library. They are of 64-bit pointers: a name and the kinds; of each kind its
// number and its types; of each type an id, its name, its quality, and two pointers to code.
func readGraphvizPlugin(l File) (graphvizPlugin, error) {
	m, err := newMemory(l.Data)
	if err != nil {
		return graphvizPlugin{}, err
	}
	p := graphvizPlugin{file: l.Name, name: m.text(m.pointer(m.exported))}
	total := 0
	for api := m.pointer(m.exported + 8); m.pointer(api+8) != 0 && m.err == nil; api += 16 {
		number := m.number(api)
		if number < 0 || int(number) >= len(graphvizAPIs) {
			return p, fmt.Errorf("its table has plugins of the unknown kind %d", number)
		}
		k := graphvizKind{name: graphvizAPIs[number]}
		for t := m.pointer(api + 8); m.pointer(t+8) != 0 && m.err == nil; t += 40 {
			k.types = append(k.types, graphvizType{m.text(m.pointer(t + 8)), m.number(t + 16)})
			if total++; total > maxGraphvizTypes {
				return p, errors.New("its table of plugins has no end")
			}
		}
		if p.kinds = append(p.kinds, k); len(p.kinds) > maxGraphvizTypes {
			return p, errors.New("its table of plugins has no end")
		}
	}
	return p, m.err
}

// memory is a library as the loader would lay it out, at address 0.
type memory struct {
	loaded   []*elf.Prog
	moved    map[uint64]uint64 // what relocations write, by address
	exported uint64            // the address of the table of plugins
	err      error             // the first read of something that is not there
}

// relocation has the types of relocations that write a library's or a symbol's address and an addend.
type relocation struct{ relative, symbol uint32 }

// relocations are those of each machine.
var relocations = map[elf.Machine]relocation{
	elf.EM_X86_64:  {uint32(elf.R_X86_64_RELATIVE), uint32(elf.R_X86_64_64)},
	elf.EM_AARCH64: {uint32(elf.R_AARCH64_RELATIVE), uint32(elf.R_AARCH64_ABS64)},
	elf.EM_RISCV:   {uint32(elf.R_RISCV_RELATIVE), uint32(elf.R_RISCV_64)},
	elf.EM_PPC64:   {uint32(elf.R_PPC64_RELATIVE), uint32(elf.R_PPC64_ADDR64)},
}

func newMemory(data []byte) (*memory, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	kinds, ok := relocations[f.Machine]
	if !ok || f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("whittle reads no plugins for %s", f.Machine)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, fmt.Errorf("its symbols cannot be read: %w", err)
	}
	m := &memory{moved: map[uint64]uint64{}}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			m.loaded = append(m.loaded, p)
		}
	}
	if len(m.loaded) > 16 {
		return nil, errors.New("it has too many segments")
	}
	for _, s := range symbols {
		if strings.HasPrefix(s.Name, "gvplugin_") && strings.HasSuffix(s.Name, "_LTX_library") && s.Section != elf.SHN_UNDEF {
			m.exported = s.Value
		}
	}
	if m.exported == 0 {
		return nil, errors.New("it exports no plugins")
	}
	for _, section := range f.Sections {
		if section.Type != elf.SHT_RELA {
			continue
		}
		table, err := section.Data()
		if err != nil {
			return nil, fmt.Errorf("its relocations cannot be read: %w", err)
		}
		m.relocate(table, kinds, symbols)
	}
	return m, nil
}

// relocate notes what the relocations of a table (Elf64_Rela) write.
func (m *memory) relocate(table []byte, kinds relocation, symbols []elf.Symbol) {
	for ; len(table) >= 24; table = table[24:] {
		at, info, addend := binary.LittleEndian.Uint64(table), binary.LittleEndian.Uint64(table[8:]), binary.LittleEndian.Uint64(table[16:])
		index := int(info >> 32)
		switch {
		case uint32(info) == kinds.relative:
			m.moved[at] = addend
		case uint32(info) == kinds.symbol && index > 0 && index <= len(symbols) && symbols[index-1].Section != elf.SHN_UNDEF:
			m.moved[at] = symbols[index-1].Value + addend
		}
	}
}

// read returns bytes at an address, as many as there are up to n.
func (m *memory) read(at uint64, n int) []byte {
	for _, p := range m.loaded {
		if at >= p.Vaddr && at-p.Vaddr < p.Filesz {
			b := make([]byte, min(uint64(n), p.Filesz-(at-p.Vaddr)))
			if _, err := p.ReadAt(b, int64(at-p.Vaddr)); err == nil {
				return b
			}
		}
	}
	if m.err == nil {
		m.err = fmt.Errorf("its table of plugins leads to address %#x, where nothing is", at)
	}
	return nil
}

func (m *memory) pointer(at uint64) uint64 {
	if p, ok := m.moved[at]; ok {
		return p
	}
	if b := m.read(at, 8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (m *memory) number(at uint64) int32 {
	if b := m.read(at, 4); len(b) == 4 {
		return int32(binary.LittleEndian.Uint32(b))
	}
	return -1
}

// text is the string at an address; one that is no single word is an error.
func (m *memory) text(at uint64) string {
	s, _, ok := bytes.Cut(m.read(at, 256), []byte{0})
	ok = ok && at != 0
	if m.err == nil && (!ok || len(s) == 0 || bytes.ContainsAny(s, " \t\n{}#")) {
		m.err = fmt.Errorf("its table of plugins has the name %q", s)
	}
	return string(s)
}
