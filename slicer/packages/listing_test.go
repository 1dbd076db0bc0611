package packages

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

func exampleContents() *Contents {
	return &Contents{
		Scripts: map[string]string{"postinst": "#!/bin/sh\nexit 0\n", "prerm": ""},
		Entries: []Entry{
			{Path: "etc", Kind: tree.Directory, Mode: 0o2775},
			{Path: "usr/bin/\xff", Kind: tree.File, Mode: 0o4755, Size: 1 << 40, SHA256: "aa", MD5: "bb"},
			{Path: "usr/bin/x", Kind: tree.Symlink, Mode: 0o777, Link: "../y"},
		},
		facts: map[string]Facts{
			"aa": {Head: "#!/usr/bin/perl -w", Language: script.Perl, Imports: "A::B\nC", Runs: "rm\nsh", Libraries: "libx.so.1\nliby.so.2"},
			"bb": {Unread: true},
			"cc": {Object: &closure.Object{
				Class: elf.ELFCLASS64, Machine: elf.EM_AARCH64, Type: elf.ET_DYN, Interp: "/lib/ld.so", Soname: "libx.so.1",
				Needed: []string{"liba.so", "libb.so"}, RPath: []string{"/r"}, RunPath: []string{"$ORIGIN"}, NoDefaultLib: true, Converts: true,
				Provides: []string{"X_1", "X_2"}, Opens: []string{"liby.so"}, Starts: []string{"gzip", "sh"},
				Requires: []closure.VersionNeed{{Soname: "libc.so.6", Versions: []string{"GLIBC_2.38"}, Weak: []string{"GLIBC_ABI"}}},
				Dlopen:   []closure.DlopenNote{{Sonames: []string{"libz.so.1"}, Feature: "zip", Description: "reads", Priority: "required"}},
			}},
			"dd": {Object: &closure.Object{}},
		},
	}
}

var comparable = cmp.Options{cmp.AllowUnexported(Contents{}, Facts{}), cmpopts.IgnoreFields(Contents{}, "Open", "unpacked"), cmpopts.IgnoreUnexported(closure.Object{})}

// TestFactsOfEqualFilesAreShared unpacks the same script under several names, of which each is evidence of something else: the
// facts are all of them, in whatever order the names come.
func TestFactsOfEqualFilesAreShared(t *testing.T) {
	const text = "#!/usr/bin/python3\nimport a.b\nctypes.CDLL('libx.so.1')\ncmd = 'rm -f '\n"
	script := func(at string, mode int64) slicertest.DebFile {
		return slicertest.DebFile{Path: at, Mode: mode, Body: []byte(text)}
	}
	files := []slicertest.DebFile{script("usr/bin/run", 0o755), script("usr/lib/m.py", 0o644), script("usr/share/text", 0o644), script("usr/lib/m.js", 0o644)}
	for range files {
		files = append(files[1:], files[0])
		name := filepath.Join(t.TempDir(), "x.deb")
		if err := os.WriteFile(name, slicertest.Deb{Name: "x", Version: "1", Files: files}.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		st, err := store.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		c, err := unpackDeb(t.Context(), st, f, &Package{Name: "x", Version: "1", Architecture: "amd64"}, false)
		if err != nil {
			t.Fatal(err)
		}
		e, _ := c.Entry("usr/bin/run")
		noted := c.facts[e.SHA256]
		if noted.Head != "#!/usr/bin/python3" || !strings.Contains(noted.Imports, "a.b") || noted.Runs != "rm" || noted.Libraries != "libx.so.1" {
			t.Errorf("%s first: got %+v", files[0].Path, noted)
		}
	}
}

func TestListingKeepsEverything(t *testing.T) {
	for name, c := range map[string]*Contents{"Example": exampleContents(), "Empty": {Scripts: map[string]string{}, Entries: []Entry{}, facts: map[string]Facts{}}} {
		got, err := decodeListing(encodeListing(c))
		if diff := cmp.Diff(c, got, comparable); err != nil || diff != "" {
			t.Errorf("%s: %v, -want +got:\n%s", name, err, diff)
		}
	}
}

// TestListingKnowsAllThatClosureReads fails when closure.Read learns to tell more of a file: the record must hold it
// then, and listingKind go up.
func TestListingKnowsAllThatClosureReads(t *testing.T) {
	for of, want := range map[reflect.Type]string{
		reflect.TypeFor[closure.Object]():      "Class Machine OSABI Type Interp Soname Needed RPath RunPath NoDefaultLib Provides Requires Dlopen Undefined Opens Starts Shell Converts symbols",
		reflect.TypeFor[closure.VersionNeed](): "Soname Versions Weak",
		reflect.TypeFor[closure.DlopenNote]():  "Sonames Feature Description Priority",
		reflect.TypeFor[Entry]():               "Path Kind Mode Size SHA256 MD5 Link HardLink",
	} {
		var got []string
		for i := range of.NumField() {
			got = append(got, of.Field(i).Name)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s, -want +got:\n%s", of, diff)
		}
	}
}

// TestDamagedListings cuts a record at every byte, and changes every byte of it: it is never taken for whole.
func TestDamagedListings(t *testing.T) {
	whole := encodeListing(exampleContents())
	for i := range whole {
		if _, err := decodeListing(whole[:i]); !errors.Is(err, errDamagedListing) {
			t.Fatalf("cut at byte %d: got error %v", i, err)
		}
		changed := append([]byte{}, whole...)
		changed[i] ^= 0x55
		if _, err := decodeListing(changed); !errors.Is(err, errDamagedListing) {
			t.Fatalf("changed at byte %d: got error %v", i, err)
		}
	}
}

// FuzzListing feeds records whose checksum is right to the decoder, as somebody who can write the cache could.
func FuzzListing(f *testing.F) {
	f.Add(encodeListing(exampleContents()))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decodeListing(sealed(data))
		if err != nil {
			return
		}
		again, err := decodeListing(encodeListing(c))
		if diff := cmp.Diff(c, again, comparable, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v, -first +second:\n%s", err, diff)
		}
	})
}
