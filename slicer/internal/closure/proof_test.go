package closure

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

func prove(t *testing.T, floor []FloorLibrary, libs ...Library) []Finding {
	t.Helper()
	got, err := Prove(libs, floor, Search{SearchDirs: []string{"/lib"}, CacheDirs: []string{"/l"}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestProve(t *testing.T) {
	libc := library(t, "/lib/libc.so.6", slicertest.ELF{Soname: "libc.so.6", Define: []string{"puts@@GLIBC_2.2.5", "new@@GLIBC_2.38", "secret@@GLIBC_PRIVATE", "old@GLIBC_2.2.5"}})
	floor := []FloorLibrary{libc.Floor()}
	loader := library(t, "/lib/ld.so", slicertest.ELF{Soname: "ld.so"})
	for _, c := range []struct {
		name string
		libs []Library
		want []Finding
	}{
		{"all is there", []Library{
			loader,
			library(t, "/app/x", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"libc.so.6", "liba.so"}, Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6", "a", "b"}}),
			library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Define: []string{"a"}, Needed: []string{"libb.so"}}),
			library(t, "/l/libb.so", slicertest.ELF{Soname: "libb.so", Define: []string{"b"}}),
		}, nil},
		{
			"library",
			[]Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libgone.so.1"}})},
			[]Finding{{Kind: MissingLibrary, Importer: "/app/x", Name: "libgone.so.1", Reason: NotFound}},
		},
		{
			"library of another machine",
			[]Library{
				library(t, "/app/x", slicertest.ELF{Needed: []string{"libx.so"}}),
				library(t, "/l/libx.so", slicertest.ELF{Soname: "libx.so", Machine: elf.EM_AARCH64}),
			},
			[]Finding{{Kind: MissingLibrary, Importer: "/app/x", Name: "libx.so", Reason: WrongArchitecture}},
		},
		{
			"interpreter",
			[]Library{library(t, "/app/x", slicertest.ELF{Interp: "/lib64/ld.so"})},
			[]Finding{{Kind: MissingInterpreter, Importer: "/app/x", Name: "/lib64/ld.so", Reason: NotFound}},
		},
		{
			"version of the floor",
			[]Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"newer@GLIBC_2.99:libc.so.6"}})},
			[]Finding{
				{Kind: MissingSymbol, Importer: "/app/x", Name: "newer", Version: "GLIBC_2.99", Provider: "/lib/libc.so.6"},
				{Kind: MissingVersion, Importer: "/app/x", Name: "libc.so.6", Version: "GLIBC_2.99", Provider: "/lib/libc.so.6"},
			},
		},
		{"private version of the same floor", []Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"secret@GLIBC_PRIVATE:libc.so.6"}})}, nil},
		{"symbol of the floor, not versioned", []Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"puts"}})}, nil},
		{
			"hidden symbol of the floor, not versioned",
			[]Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"old"}})},
			[]Finding{{Kind: MissingSymbol, Importer: "/app/x", Name: "old"}},
		},
		{
			"strong symbol",
			[]Library{library(t, "/app/x", slicertest.ELF{Undefined: []string{"nowhere"}})},
			[]Finding{{Kind: MissingSymbol, Importer: "/app/x", Name: "nowhere"}},
		},
		{"weak symbol", []Library{library(t, "/app/x", slicertest.ELF{Undefined: []string{"nowhere?"}})}, nil},
		{
			"symbol of a library that nobody needs",
			[]Library{
				library(t, "/app/x", slicertest.ELF{Undefined: []string{"a"}}),
				library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Define: []string{"a"}}),
			},
			[]Finding{{Kind: MissingSymbol, Importer: "/app/x", Name: "a"}},
		},
		{"library without any versions", []Library{
			library(t, "/app/x", slicertest.ELF{Needed: []string{"liba.so"}, Undefined: []string{"a@V1:liba.so"}}),
			library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Define: []string{"a"}}),
		}, nil},
		{"module uses what a program exports", []Library{
			loader,
			library(t, "/app/python", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"libpy.so"}, Define: []string{"PyInit"}}),
			library(t, "/l/libpy.so", slicertest.ELF{Soname: "libpy.so", Define: []string{"PyList"}}),
			library(t, "/app/mod.so", slicertest.ELF{Undefined: []string{"PyInit", "PyList"}}),
		}, nil},
		{"module uses a module beside it", []Library{
			library(t, "/jvm/libawt_headless.so", slicertest.ELF{Define: []string{"AWTFont"}}),
			library(t, "/jvm/libfontmanager.so", slicertest.ELF{Undefined: []string{"AWTFont"}}),
		}, nil},
		{
			"module uses a module elsewhere",
			[]Library{
				library(t, "/other/libawt_headless.so", slicertest.ELF{Define: []string{"AWTFont"}}),
				library(t, "/jvm/libfontmanager.so", slicertest.ELF{Undefined: []string{"AWTFont"}}),
			},
			[]Finding{{Kind: MissingSymbol, Importer: "/jvm/libfontmanager.so", Name: "AWTFont"}},
		},
		{
			"library uses what another program exports",
			[]Library{
				loader,
				library(t, "/app/one", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"liba.so"}}),
				library(t, "/app/two", slicertest.ELF{Interp: "/lib/ld.so", Define: []string{"callback"}}),
				library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Undefined: []string{"callback"}}),
			},
			[]Finding{{Kind: MissingSymbol, Importer: "/l/liba.so", Name: "callback"}},
		},
		{"library uses what its program exports", []Library{
			loader,
			library(t, "/app/one", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"liba.so"}, Define: []string{"callback"}}),
			library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Undefined: []string{"callback"}}),
		}, nil},
		{"library that nobody needs, which wants functions of whoever opens it", []Library{
			library(t, "/l/libdebug.so.1", slicertest.ELF{Soname: "libdebug.so.1", Needed: []string{"libc.so.6"}, Undefined: []string{"ps_getpid", "puts@GLIBC_2.2.5:libc.so.6"}}),
		}, nil},
		{
			"library that nobody needs, of a newer C library",
			[]Library{library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Needed: []string{"libc.so.6"}, Undefined: []string{"far@GLIBC_2.38:libc.so.6"}})},
			[]Finding{{Kind: MissingSymbol, Importer: "/l/liba.so", Name: "far", Version: "GLIBC_2.38", Provider: "/lib/libc.so.6"}},
		},
		{
			"library that a library needs",
			[]Library{
				needs(t, "/l", "libb.so", "liba.so"),
				library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Undefined: []string{"nowhere"}}),
			},
			[]Finding{{Kind: MissingSymbol, Importer: "/l/liba.so", Name: "nowhere"}},
		},
		{"private library by its program's RPATH", []Library{
			loader,
			library(t, "/opt/app", slicertest.ELF{Interp: "/lib/ld.so", Needed: []string{"liba.so"}, RPath: "/opt/lib"}),
			needs(t, "/opt/lib", "liba.so", "libb.so"), needs(t, "/opt/lib", "libb.so"),
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, prove(t, floor, c.libs...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestProveBelievesAFloorWithoutSymbols(t *testing.T) {
	floor := []FloorLibrary{{Soname: "libc.so.6", Versions: []string{"GLIBC_2.2.5"}}}
	app := library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6", "bare"}})
	if got := prove(t, floor, app); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
	app = library(t, "/app/x", slicertest.ELF{Undefined: []string{"bare"}})
	if got := prove(t, floor, app); len(got) != 1 {
		t.Errorf("an object that does not need the floor: got %+v", got)
	}
}

func TestProveWantsSymbols(t *testing.T) {
	b := slicertest.ELF{Soname: "libx.so"}.Bytes()
	o, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Prove([]Library{{Path: "/l/libx.so", Object: o}}, nil, Search{})
	if err == nil || !strings.Contains(err.Error(), "symbols were not read") {
		t.Errorf("got %v", err)
	}
}

// What Solve calls complete, Prove must find complete, and what Solve misses,
// Prove must find.
func TestProveAgreesWithSolve(t *testing.T) {
	app := library(t, "/app/x", slicertest.ELF{Needed: []string{"liba.so", "libgone.so"}, RPath: "/p"})
	found := offer(needs(t, "/p", "liba.so", "libb.so"), needs(t, "/l/odd", "libb.so"))
	result := solve(t, Request{Roots: []Library{app}, Find: found})
	libs := append([]Library{app}, result.Added...)
	got, err := Prove(libs, nil, Search{Cache: CacheEntries(libs, result.Edges), SearchDirs: []string{"/lib"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{Kind: MissingLibrary, Importer: "/app/x", Name: "libgone.so", Reason: NotFound}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
