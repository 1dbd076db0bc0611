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
	file := u.path("first/usr/bin/shop")
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString("EVIL! data\n\n")
	if err := errors.Join(err, f.Close(), os.Chtimes(file, store.Time, store.Time)); err != nil {
		t.Fatal(err)
	}
	u.does(append(cut, u.path("later"))...)
	u.wants("later/usr/bin/shop", []byte("honest data\n"))
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
