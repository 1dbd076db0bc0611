package closure

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

// What a tree needs of its floor is what a later floor must have: versions, and the symbols that no version vouches for.
func TestProveTellsWhatTheTreeNeedsOfTheFloor(t *testing.T) {
	libc := library(t, "/lib/libc.so.6", slicertest.ELF{Soname: "libc.so.6", Define: []string{"puts@@GLIBC_2.2.5", "new@@GLIBC_2.38", "secret@@GLIBC_PRIVATE"}})
	libz := library(t, "/lib/libz.so.1", slicertest.ELF{Soname: "libz.so.1", Define: []string{"inflate", "deflate"}, Needed: []string{"libc.so.6"}})
	floor := []FloorLibrary{libc.Floor(), libz.Floor(), {Soname: "libdark.so.1", Path: "/lib/libdark.so.1"}}
	got, err := Prove(t.Context(), []Library{
		library(t, "/app/x", slicertest.ELF{Needed: []string{"libc.so.6", "liba.so"}, Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6", "inflate"}}),
		library(t, "/l/liba.so", slicertest.ELF{Soname: "liba.so", Needed: []string{"libz.so.1", "libc.so.6"}, Undefined: []string{"secret@GLIBC_PRIVATE:libc.so.6", "new@GLIBC_2.38:libc.so.6"}}),
		library(t, "/app/dark", slicertest.ELF{Needed: []string{"libdark.so.1"}, Undefined: []string{"anything"}}),
		library(t, "/app/alone", slicertest.ELF{}),
	}, floor, Search{SearchDirs: []string{"/lib"}, CacheDirs: []string{"/l"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []FloorUse{
		{Soname: "libc.so.6", By: "/app/x", Versions: []string{"GLIBC_2.2.5", "GLIBC_2.38", "GLIBC_PRIVATE"}, Symbols: []string{"secret@GLIBC_PRIVATE"}},
		{Soname: "libdark.so.1", By: "/app/dark"},
		{Soname: "libz.so.1", By: "/app/x", Symbols: []string{"inflate"}},
	}
	if d := cmp.Diff(want, got.Floor); d != "" {
		t.Error(d)
	}
}
