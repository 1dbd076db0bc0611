package slicer_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// threePackages is an archive in which everything that a cut can hold is found: programs, a script, libraries behind
// links, configuration, an empty directory, and a copyright file behind a link.
const threePackages = `
-- deb/tool_1.0/DEBIAN/control --
Depends: libx1
-- deb/tool_1.0/usr/bin/tool --
elf exec needs=libx.so.1,libc.so.6
-- deb/tool_1.0/usr/bin/tool-script --
#!/bin/sh
exec tool
-- deb/tool_1.0/etc/tool.conf --
colour=blue
-- deb/tool_1.0/usr/share/doc/tool/copyright --
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
License: MIT

License: GPL-2+
-- deb/libx1_2.0-1/DEBIAN/control --
Source: x
Section: libs
-- deb/libx1_2.0-1/usr/lib/x86_64-linux-gnu/libx.so.1 --
-> libx.so.1.2
-- deb/libx1_2.0-1/usr/lib/x86_64-linux-gnu/libx.so.1.2 --
elf soname=libx.so.1
-- deb/libx1_2.0-1/usr/share/doc/libx1 --
-> tool
-- deb/libc6_2.41/usr/lib/x86_64-linux-gnu/libc.so.6 --
elf soname=libc.so.6
-- deb/dash_0.5/usr/bin/dash --
elf exec needs=libc.so.6
-- deb/dash_0.5/usr/bin/sh --
-> dash
`

// wantOf makes a want over an archive that is written as text.
func wantOf(t *testing.T, text string, names ...string) slicer.Want {
	t.Helper()
	key := slicertest.NewKey("test", slicertest.KeyOptions{})
	w := slicer.Want{Arch: "amd64", Sources: []packages.Source{openArchive(t, slicertest.ArchiveOf(txtar.Parse([]byte(text)), key))}}
	for _, n := range names {
		w.Names = append(w.Names, slicer.Named{Name: n, By: "project.toml"})
	}
	return w
}

func selectAll(t *testing.T, w slicer.Want) *slicer.Selection {
	t.Helper()
	s, err := slicer.Select(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// selectOf selects names of an archive that is written as text.
func selectOf(t *testing.T, text string, names ...string) *slicer.Selection {
	t.Helper()
	return selectAll(t, wantOf(t, text, names...))
}

// tarOf cuts a layer into a tar.
func tarOf(t *testing.T, s *slicer.Selection, layer string) []byte {
	t.Helper()
	var b bytes.Buffer
	tree := tree.NewTar(&b)
	if err := errors.Join(slicer.Cut(t.Context(), s, layer, tree), tree.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bodyOf returns a file of a layer, as it is cut.
func bodyOf(t *testing.T, s *slicer.Selection, layer, path string) string {
	t.Helper()
	dir := t.TempDir()
	if err := slicer.Cut(t.Context(), s, layer, tree.NewDir(openRoot(t, dir))); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// fileOf returns a file of the selection by path.
func fileOf(t *testing.T, s *slicer.Selection, path string) manifest.File {
	t.Helper()
	i := slices.IndexFunc(s.Files, func(f manifest.File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("%s is not in the selection:\n%s", path, render(s))
	}
	return s.Files[i]
}

func TestCutTwiceIsSameBytes(t *testing.T) {
	first, second := selectOf(t, threePackages, "tool"), selectOf(t, threePackages, "tool")
	if diff := cmp.Diff(first.Layers(), second.Layers()); diff != "" || len(first.Layers()) < 2 {
		t.Fatalf("layers %v, %v", first.Layers(), second.Layers())
	}
	for _, layer := range first.Layers() {
		if !bytes.Equal(tarOf(t, first, layer), tarOf(t, second, layer)) {
			t.Errorf("layer %s differs between two cuts from two caches", layer)
		}
		if first.Digest(layer) != second.Digest(layer) {
			t.Errorf("layer %s has digests %s and %s", layer, first.Digest(layer), second.Digest(layer))
		}
	}
	if a, b := encode(t, &first.Manifest), encode(t, &second.Manifest); a != b {
		t.Errorf("manifests differ:\n%s", cmp.Diff(a, b))
	}
}

// TestDigestFollowsContent changes one thing at a time, each of which must change the digest of the layer.
func TestDigestFollowsContent(t *testing.T) {
	base := selectOf(t, threePackages, "tool").Digest(contract.LayerSlices)
	for name, change := range map[string][2]string{
		"bytes": {"colour=blue", "colour=grey"}, "path": {"etc/tool.conf", "etc/tool.config"}, "link": {"-> dash", "-> /usr/bin/dash"},
	} {
		text := strings.Replace(threePackages, change[0], change[1], 1)
		if text == threePackages || selectOf(t, text, "tool").Digest(contract.LayerSlices) == base {
			t.Errorf("another %s leaves the digest as it is", name)
		}
	}
}

func TestCutIntoDirEqualsTarUnderAnyUmask(t *testing.T) {
	s := selectOf(t, threePackages, "tool")
	for _, layer := range s.Layers() {
		want := listTar(t, tarOf(t, s, layer))
		for _, umask := range []int{0, 0o022, 0o077} {
			dir := t.TempDir()
			root := openRoot(t, dir)
			old := syscall.Umask(umask)
			err := slicer.Cut(t.Context(), s, layer, tree.NewDir(root))
			syscall.Umask(old)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, listDir(t, dir)); diff != "" {
				t.Errorf("layer %s, umask %03o, -tar +directory:\n%s", layer, umask, diff)
			}
		}
	}
}

// TestCutRefusesBytesThatChanged spoils the store between selecting and cutting, and hides it: size and time are as they
// were.
func TestCutRefusesBytesThatChanged(t *testing.T) {
	w := wantOf(t, threePackages, "tool")
	s := selectAll(t, w)
	conf := fileOf(t, s, "etc/tool.conf")
	stored := findStoredOf(t, w, "tool", conf.Path)
	before, err := os.Stat(stored)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stored, []byte("colour=pink\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(stored, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
	err = slicer.Cut(t.Context(), s, conf.Layer, tree.NewTar(&bytes.Buffer{}))
	if err == nil || !strings.Contains(err.Error(), "/etc/tool.conf of tool: its bytes changed since they were selected") {
		t.Errorf("got error %v", err)
	}
}

// findStoredOf is the path of a stored file of a package, which is found through an open one.
func findStoredOf(t *testing.T, w slicer.Want, pkg, path string) string {
	t.Helper()
	c, err := contentsOf(t, w.Sources[0], pkg)
	if err != nil {
		t.Fatal(err)
	}
	e, ok := c.Entry(path)
	if !ok {
		t.Fatalf("package %s has no %s", pkg, path)
	}
	f, err := c.Open(e)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.(*os.File).Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func encode(t *testing.T, m *manifest.Manifest) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestContentsOfPackageWithoutDigest asks an archive for a package as dpkg's records describe one.
func TestContentsOfPackageWithoutDigest(t *testing.T) {
	w := wantOf(t, threePackages, "tool")
	_, err := w.Sources[0].Contents(t.Context(), &packages.Package{Name: "tool", Version: "1.0"})
	if err == nil || !strings.Contains(err.Error(), "cannot read package tool: the archive does not have version 1.0") {
		t.Errorf("got error %v", err)
	}
}
