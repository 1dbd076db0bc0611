package slicer_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/packages"
)

// bundled writes a bundle of a selection, and opens it with an empty cache.
func bundled(t *testing.T, w slicer.Want, s *slicer.Selection, from *packages.Archive) string {
	t.Helper()
	var out, locked bytes.Buffer
	if err := lock.New(w, s).Encode(&locked); err != nil {
		t.Fatal(err)
	}
	if err := packages.WriteBundle(t.Context(), &out, locked.Bytes(), from); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "test.bundle")
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func openBundle(t *testing.T, name string) *packages.Archive {
	t.Helper()
	a, err := packages.OpenArchive(t.Context(), packages.ArchiveOptions{Bundle: name, Arch: "amd64", Cache: t.TempDir(), AllowUnlisted: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// hidden is a library whose package no name and no dependency leads to: only the archive's Contents know of it.
const hidden = `
-- deb/tool_1/usr/bin/tool --
elf exec needs=libodd.so.4
-- deb/oddities_1/usr/lib/x86_64-linux-gnu/libodd.so.4 --
elf soname=libodd.so.4
-- deb/other_1/usr/bin/other --
other
`

// TestCutFromBundleIsTheOnlineCut compares all digests, of libraries found by name and by the Contents.
func TestCutFromBundleIsTheOnlineCut(t *testing.T) {
	for name, text := range map[string]string{"by name": threePackages, "by Contents": hidden} {
		t.Run(name, func(t *testing.T) {
			w := wantOf(t, text, "tool")
			online := selectAll(t, w)
			file := bundled(t, w, online, w.Sources[0].(*packages.Archive))
			w.Sources = []packages.Source{openBundle(t, file)}
			offline := selectAll(t, w)
			for _, layer := range online.Layers() {
				if a, b := online.Digest(layer), offline.Digest(layer); a != b || a == "" {
					t.Errorf("layer %s: online %s, from the bundle %s", layer, a, b)
				}
			}
			lock, err := lock.ReadBundled(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := lock.Check(offline); err != nil {
				t.Error(err)
			}
			_, err = slicer.Select(t.Context(), slicer.Want{Arch: "amd64", Sources: w.Sources, Names: []slicer.Named{{Name: "other"}}})
			if name == "by Contents" && !errors.Is(err, packages.ErrNotBundled) {
				t.Errorf("a package that is not in the bundle: %v", err)
			}
		})
	}
}

// TestBundleOfALockWhenTheArchiveMovedOn bundles packages that no index lists any more, and cuts them from the bundle.
func TestBundleOfALockWhenTheArchiveMovedOn(t *testing.T) {
	m := newMoving(t)
	m.release(threePackages, false)
	w := m.want("warm", nil, "tool")
	first := selectAll(t, w)
	lock := lock.New(w, first)
	m.release(movedOn, false)

	w = m.want("warm", nil, "tool")
	from := w.Sources[0].(*packages.Archive)
	w.Sources = []packages.Source{lock.Pin("amd64", from)}
	file := bundled(t, w, selectAll(t, w), from)
	w.Sources = []packages.Source{lock.Pin("amd64", openBundle(t, file))}
	if err := lock.Check(selectAll(t, w)); err != nil {
		t.Error(err)
	}
}
