package main

import (
	"errors"
	"os"
	"testing"

	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestEditedRootsPoisonNoLaterOne edits a file of a root in place, with the same length, and sets its time back, as a program
// that runs as root in the root can. Files are hard links into the cache: a root that is cut later has the package's bytes, by
// the cached selection too.
func TestEditedRootsPoisonNoLaterOne(t *testing.T) {
	u := newUser(t)
	sources := u.serve(slicertest.Deb{Name: "shop", Files: []slicertest.DebFile{{Path: "usr/bin/shop", Mode: 0o755, Body: []byte("honest data\n")}}})
	cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "shop", "--root"}
	u.does(append(cut, u.path("first"))...)
	edit(t, u.path("first/usr/bin/shop"), "EVIL! data\n\n")
	u.does(append(cut, u.path("later"))...)
	u.wants("later/usr/bin/shop", []byte("honest data\n"))
}

// edit writes other bytes of the same length into a file, and sets its time back.
func edit(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close(), os.Chtimes(file, store.Time, store.Time)); err != nil {
		t.Fatal(err)
	}
}

// TestEditedRootsPoisonNothingMadeOfTheirFiles edits a certificate of a root in place: the bundle of a later cut is made of the
// package's own.
func TestEditedRootsPoisonNothingMadeOfTheirFiles(t *testing.T) {
	u := newUser(t)
	sources := u.serve(
		slicertest.Deb{
			Name:    "ca-certificates",
			Files:   []slicertest.DebFile{{Path: "usr/share/ca-certificates/mozilla/A.crt", Body: []byte("honest\n")}},
			Scripts: map[string]string{"postinst": "#!/bin/sh\nupdate-ca-certificates\n"},
		},
		slicertest.Deb{Name: "shop", Files: []slicertest.DebFile{{Path: "usr/bin/shop", Body: []byte("x")}}},
	)
	cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "ca-certificates", "--root"}
	u.does(append(cut, u.path("first"))...)
	u.wants("first/etc/ssl/certs/ca-certificates.crt", []byte("honest\n"))
	edit(t, u.path("first/usr/share/ca-certificates/mozilla/A.crt"), "EVIL!!\n")
	u.does(append(cut, u.path("later"), "shop")...)
	u.wants("later/etc/ssl/certs/ca-certificates.crt", []byte("honest\n"))
}

// TestEditedRootsKeepNoTarFromBeingCut cuts a tar, which shares nothing with the cache, after a file of a root was edited in place: it
// is told once, and does not last.
func TestEditedRootsKeepNoTarFromBeingCut(t *testing.T) {
	u := newUser(t)
	sources := u.serve(slicertest.Deb{Name: "shop", Files: []slicertest.DebFile{{Path: "usr/bin/shop", Mode: 0o755, Body: []byte("honest data\n")}}})
	cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "shop"}
	u.does(append(cut, "--output", u.path("before.tar"))...)
	u.does(append(cut, "--root", u.path("first"))...)
	edit(t, u.path("first/usr/bin/shop"), "EVIL! data\n\n")
	u.fails([]string{"cannot use /usr/bin/shop of shop: its bytes changed", "next: do it again"}, append(cut, "--output", u.path("later.tar"))...)
	u.does(append(cut, "--output", u.path("later.tar"))...)
	before, err := os.ReadFile(u.path("before.tar"))
	if err != nil {
		t.Fatal(err)
	}
	u.wants("later.tar", before)
}

// TestCachesOfOthersAreRefused cuts with a cache that everybody may write to.
func TestCachesOfOthersAreRefused(t *testing.T) {
	u := newUser(t)
	sources := u.serve(slicertest.Deb{Name: "shop", Files: []slicertest.DebFile{{Path: "usr/bin/shop", Body: []byte("x")}}})
	cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "--root", u.path("out"), "shop"}
	u.does(cut...)
	if err := os.Chmod(u.path("cache"), 0o777); err != nil {
		t.Fatal(err)
	}
	u.fails([]string{"whittle: cannot use the cache " + u.path("cache") + ": others than its owner may write to it (mode 0777)", "next: name a cache of your own"}, cut...)
}

// TestOneDebIsOnePackage has an index that gives two packages the same .deb: that it was found to be the one makes it no other, neither
// in one cut nor in a later one.
func TestOneDebIsOnePackage(t *testing.T) {
	u := newUser(t)
	deb := slicertest.Deb{
		Name: "shop", Version: "1", Files: []slicertest.DebFile{{Path: "usr/bin/shop", Body: []byte("x")}},
		Scripts: map[string]string{"control": "Package: shop\nVersion: 1\nArchitecture: amd64\nMaintainer: x\nDescription: x\n"},
	}
	disguised := deb
	disguised.Name = "other"
	cut := []string{"cut", "--sources", u.serve(deb, disguised), "--release", "none", "--arch", "amd64", "--root", u.path("out")}
	want := []string{"cannot use package other 1: ", "it is shop 1 for amd64, and the index says that it is other 1 for amd64"}
	u.fails(want, append(cut, "shop", "other")...)
	u.does(append(cut, "shop")...)
	u.fails(want, append(cut, "other")...)
}
