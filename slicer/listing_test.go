package slicer

import (
	"debug/elf"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"whittle.dev/whittle/slicer/internal/closure"
	"whittle.dev/whittle/slicer/internal/script"
)

func exampleContents() *Contents {
	return &Contents{
		Scripts: map[string]string{"postinst": "#!/bin/sh\nexit 0\n", "prerm": ""},
		Entries: []Entry{
			{Path: "etc", Kind: Directory, Mode: 0o2775},
			{Path: "usr/bin/\xff", Kind: File, Mode: 0o4755, Size: 1 << 40, SHA256: "aa", MD5: "bb"},
			{Path: "usr/bin/x", Kind: Symlink, Mode: 0o777, Link: "../y"},
		},
		facts: map[string]facts{
			"aa": {head: "#!/usr/bin/perl -w", language: script.Perl, imports: "A::B\nC"},
			"bb": {unread: true},
			"cc": {object: &closure.Object{
				Class: elf.ELFCLASS64, Machine: elf.EM_AARCH64, Type: elf.ET_DYN, Interp: "/lib/ld.so", Soname: "libx.so.1",
				Needed: []string{"liba.so", "libb.so"}, RPath: []string{"/r"}, RunPath: []string{"$ORIGIN"}, NoDefaultLib: true,
				Provides: []string{"X_1", "X_2"},
				Requires: []closure.VersionNeed{{Soname: "libc.so.6", Versions: []string{"GLIBC_2.38"}, Weak: []string{"GLIBC_ABI"}}},
				Dlopen:   []closure.DlopenNote{{Sonames: []string{"libz.so.1"}, Feature: "zip", Description: "reads", Priority: "required"}},
			}},
			"dd": {object: &closure.Object{}},
		},
	}
}

var comparable = cmp.Options{cmp.AllowUnexported(Contents{}, facts{}), cmpopts.IgnoreFields(Contents{}, "Open", "unpacked"), cmpopts.IgnoreUnexported(closure.Object{})}

func TestListingKeepsEverything(t *testing.T) {
	for name, c := range map[string]*Contents{"Example": exampleContents(), "Empty": {Scripts: map[string]string{}, Entries: []Entry{}, facts: map[string]facts{}}} {
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
		reflect.TypeFor[closure.Object]():      "Class Machine OSABI Type Interp Soname Needed RPath RunPath NoDefaultLib Provides Requires Dlopen Undefined symbols",
		reflect.TypeFor[closure.VersionNeed](): "Soname Versions Weak",
		reflect.TypeFor[closure.DlopenNote]():  "Sonames Feature Description Priority",
		reflect.TypeFor[Entry]():               "Path Kind Mode Size SHA256 MD5 Link",
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
