package closure

import (
	"bytes"
	"debug/elf"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"whittle.dev/whittle/slicer/slicertest"
)

// object reads a made ELF file, with symbols.
func object(t testing.TB, e slicertest.ELF) *Object {
	t.Helper()
	b := e.Bytes()
	o, err := Read(bytes.NewReader(b), int64(len(b)), WithSymbols)
	if err != nil {
		t.Fatalf("cannot read made ELF %q: %v", e.Soname, err)
	}
	return o
}

func TestReadEverything(t *testing.T) {
	for _, machine := range []elf.Machine{elf.EM_X86_64, elf.EM_AARCH64, elf.EM_386} {
		got := object(t, slicertest.ELF{
			Machine: machine,
			Soname:  "libx.so.1",
			Needed:  []string{"libm.so.6", "libc.so.6", "libm.so.6"},
			RPath:   "/a::$ORIGIN/b",
			RunPath: "/c",
			Interp:  "/lib64/ld-linux-x86-64.so.2",
			Define:  []string{"plain", "new@@V2", "new@V1", "old@V1", "older@V0"},
			Undefined: []string{
				"puts@GLIBC_2.2.5:libc.so.6", "exp@GLIBC_2.29:libm.so.6", "getpid@GLIBC_2.38:libc.so.6",
				"bare", "maybe?",
			},
			Dlopen: `[{"soname":["libz.so.1","libz.so"],"feature":"zip","priority":"suggested"},{"soname":["liby.so.2"]}]`,
		})
		class := elf.ELFCLASS64
		if machine == elf.EM_386 {
			class = elf.ELFCLASS32
		}
		want := &Object{
			Class: class, Machine: machine, Type: elf.ET_DYN,
			Interp: "/lib64/ld-linux-x86-64.so.2", Soname: "libx.so.1",
			Needed: []string{"libm.so.6", "libc.so.6"}, RPath: []string{"/a", "$ORIGIN/b"}, RunPath: []string{"/c"},
			Provides: []string{"V0", "V1", "V2"},
			Requires: []VersionNeed{
				{Soname: "libc.so.6", Versions: []string{"GLIBC_2.2.5", "GLIBC_2.38"}},
				{Soname: "libm.so.6", Versions: []string{"GLIBC_2.29"}},
			},
			Dlopen: []DlopenNote{
				{Sonames: []string{"libz.so.1", "libz.so"}, Feature: "zip", Priority: "suggested"},
				{Sonames: []string{"liby.so.2"}},
			},
			Undefined: []Symbol{
				{Name: "puts", Version: "GLIBC_2.2.5", Soname: "libc.so.6"},
				{Name: "exp", Version: "GLIBC_2.29", Soname: "libm.so.6"},
				{Name: "getpid", Version: "GLIBC_2.38", Soname: "libc.so.6"},
				{Name: "bare"},
				{Name: "maybe", Weak: true},
			},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Object{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", machine, diff)
		}
		names := []string{"new@@V2", "new@V1", "old@V1", "older@V0", "plain"}
		if diff := cmp.Diff(names, got.DefinedNames()); diff != "" {
			t.Errorf("%s: defined (-want +got)\n%s", machine, diff)
		}
	}
}

func TestHasSymbolBindsAsTheLoaderDoes(t *testing.T) {
	o := object(t, slicertest.ELF{
		Soname: "libx.so.1",
		Define: []string{"first@V0", "plain", "new@@V2", "new@V1", "old@V1"}, Undefined: []string{"gone"},
	})
	for _, c := range []struct {
		name, version string
		want          bool
	}{
		{"plain", "", true},
		{"plain", "V9", true}, // a definition without a version satisfies any
		{"new", "", true},
		{"new", "V2", true},
		{"new", "V1", true},
		{"new", "V3", false},
		{"old", "V1", true},
		{"old", "", false},  // hidden, and not of the first version
		{"first", "", true}, // hidden, but of the first version
		{"gone", "", false},
		{"missing", "", false},
	} {
		if got := o.HasSymbol(c.name, c.version); got != c.want {
			t.Errorf("HasSymbol(%q, %q) = %v, want %v", c.name, c.version, got, c.want)
		}
	}
}

func TestReadWithoutSymbolsKeepsNone(t *testing.T) {
	b := slicertest.ELF{Define: []string{"a"}, Undefined: []string{"b"}}.Bytes()
	o, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if o.HasSymbols() || o.HasSymbol("a", "") || o.DefinedNames() != nil || o.Undefined != nil {
		t.Errorf("got symbols %v, undefined %v", o.DefinedNames(), o.Undefined)
	}
}

func TestReadKinds(t *testing.T) {
	program := object(t, slicertest.ELF{Exec: true, Interp: "/lib/ld.so"})
	if !program.Executable() || program.Type != elf.ET_EXEC {
		t.Errorf("a program is not executable: %+v", program)
	}
	if library := object(t, slicertest.ELF{Soname: "libx.so"}); library.Executable() || !library.Dynamic() {
		t.Errorf("a library is executable, or not dynamic: %+v", library)
	}
}

func TestReadSaysWhatIsNotELF(t *testing.T) {
	for _, text := range []string{"", "E", "\x7fEL", "#!/bin/sh\n", "!<arch>\n"} {
		if _, err := Read(bytes.NewReader([]byte(text)), int64(len(text))); !errors.Is(err, ErrNotELF) {
			t.Errorf("%q: got %v, want ErrNotELF", text, err)
		}
	}
}

// The loader does not read sections, so a file without them needs the same.
func TestReadNeedsNoSectionHeaders(t *testing.T) {
	b, err := readHost(hostProgram)
	if err != nil {
		t.Fatal(err)
	}
	before, err := Read(bytes.NewReader(b), int64(len(b)), WithSymbols)
	if err != nil {
		t.Fatal(err)
	}
	b = slices.Clone(b)
	clear(b[40:48]) // e_shoff
	clear(b[58:64]) // e_shentsize, e_shnum, e_shstrndx
	after, err := Read(bytes.NewReader(b), int64(len(b)), WithSymbols)
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Needed) == 0 {
		t.Fatalf("%s needs nothing", hostProgram)
	}
	if diff := cmp.Diff(before, after, cmp.AllowUnexported(Object{}, symbolTable{}, export{})); diff != "" {
		t.Errorf("without sections (-with +without)\n%s", diff)
	}
}
