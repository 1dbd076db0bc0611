package slicer_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
)

// floorWithDoors is a run image that has a C library, a shell, and doors for programs, configuration and Python.
func floorWithDoors() *contract.Floor {
	return &contract.Floor{
		Schema: contract.FloorSchema, ID: "test", Arch: "amd64",
		Packages:  []contract.FloorPackage{{Name: "libc6", Version: "2.41"}},
		Files:     []string{"usr/lib/x86_64-linux-gnu/libc.so.6", "usr/share/floor"},
		Links:     map[string]string{},
		Libraries: []contract.FloorLibrary{{Soname: "libc.so.6", Path: "/usr/lib/x86_64-linux-gnu/libc.so.6"}},
		Doors: contract.Doors{
			{Path: "etc/tool.conf", Layer: "slices", Target: "etc/tool.conf"},
			{Path: "usr/bin", Layer: "slices", Target: "usr/bin"},
			{Path: "usr/lib/python3.13", Layer: "python", Target: "usr/lib/python3.13"},
		},
	}
}

// TestLinksAcrossLayers cuts links whose targets land elsewhere, and looks at what the link says afterwards.
func TestLinksAcrossLayers(t *testing.T) {
	const text = `
-- deb/links_1/usr/bin/prog --
#!
-- deb/links_1/usr/lib/python3.13/os.py --
x
-- deb/links_1/usr/share/links/same-layer --
-> data
-- deb/links_1/usr/share/links/data --
x
-- deb/links_1/usr/share/links/absolute-same-layer --
-> /usr/share/links/data
-- deb/links_1/usr/share/links/to-python --
-> ../../lib/python3.13/os.py
-- deb/links_1/usr/share/links/to-python-dir --
-> ../../lib/python3.13
-- deb/links_1/usr/share/links/absolute-through-door --
-> /usr/lib/python3.13/os.py
-- deb/links_1/usr/share/links/to-floor --
-> ../floor
-- deb/links_1/usr/share/links/absolute-to-floor --
-> /usr/share/floor
-- deb/links_1/usr/share/links/dangling --
-> ../nowhere
`
	w := wantOf(t, text, "links")
	w.Floor = floorWithDoors()
	s := selectAll(t, w)
	for name, want := range map[string]string{
		"same-layer":            "data",
		"absolute-same-layer":   "/layers/whittle_whittle/slices/usr/share/links/data",
		"to-python":             "/layers/whittle_whittle/python/usr/lib/python3.13/os.py",
		"to-python-dir":         "/layers/whittle_whittle/python/usr/lib/python3.13",
		"absolute-through-door": "/usr/lib/python3.13/os.py",
		"to-floor":              "/usr/share/floor",
		"absolute-to-floor":     "/usr/share/floor",
		"dangling":              "../nowhere",
	} {
		if got := fileOf(t, s, "usr/share/links/"+name).Link; got != want {
			t.Errorf("%s leads to %s, want %s", name, got, want)
		}
	}
	if f := fileOf(t, s, "usr/lib/python3.13/os.py"); f.Layer != "python" {
		t.Errorf("os.py lands in layer %s", f.Layer)
	}
	// In a whole root every link is true as it is.
	w.Floor = nil
	if got := fileOf(t, selectAll(t, w), "usr/share/links/absolute-same-layer").Link; got != "/usr/share/links/data" {
		t.Errorf("in a root the link leads to %s", got)
	}
}

// TestLinkToDirectoryInTwoLayers leads to a directory of which the link's own layer has a part.
func TestLinkToDirectoryInTwoLayers(t *testing.T) {
	w := wantOf(t, `
-- deb/links_1/usr/share/both/data --
x
-- deb/links_1/usr/share/both/py/x.py --
x
-- deb/links_1/usr/share/link --
-> both
`, "links")
	w.Floor = floorWithDoors()
	w.Floor.Doors = contract.Doors{{Path: "usr/share/both/py", Layer: "python", Target: "usr/share/both/py"}}
	if got := fileOf(t, selectAll(t, w), "usr/share/link").Link; got != "both" {
		t.Errorf("the link leads to %s", got)
	}
}

// TestUnseenFiles lists what no door shows at its own path.
func TestUnseenFiles(t *testing.T) {
	w := wantOf(t, "-- deb/p_1/usr/bin/p --\n#!\n-- deb/p_1/usr/share/p/x --\nx\n-- deb/p_1/usr/lib/python3.13/x.py --\nx\n", "p")
	w.Floor = floorWithDoors()
	if got := selectAll(t, w).Unseen; !slices.Equal(got, []string{"slices:usr/share/p/x"}) {
		t.Errorf("got %v", got)
	}
}

// TestLibcIsTheRunImages cuts a program for a run image: its libraries land in their layer, and libc is not cut.
func TestLibcIsTheRunImages(t *testing.T) {
	w := wantOf(t, threePackages, "tool_bins")
	w.Floor = floorWithDoors()
	s := selectAll(t, w)
	if f := fileOf(t, s, "usr/lib/x86_64-linux-gnu/libx.so.1"); f.Layer != contract.LayerLibs {
		t.Errorf("the library lands in %s", f.Layer)
	}
	for _, f := range s.Files {
		if strings.Contains(f.Path, "libc.so.6") {
			t.Errorf("%s was cut", f.Path)
		}
	}
}

// TestLoaderCacheListsRunImageForLdconfig has ldconfig in the cut, which programs ask for the names of all libraries; and
// without it the cache lists the cut's own only. A library of another directory is never found by its name.
func TestLoaderCacheListsRunImageForLdconfig(t *testing.T) {
	w := wantOf(t, threePackages+"-- deb/libc-bin_2/usr/sbin/ldconfig --\n#!\n", "tool_bins")
	w.Floor = floorWithDoors()
	w.Floor.Libraries = append(w.Floor.Libraries,
		contract.FloorLibrary{Soname: "libm.so.6", Path: "/usr/lib/x86_64-linux-gnu/libm-2.41.so"},
		contract.FloorLibrary{Soname: "libJIS.so", Path: "/usr/lib/x86_64-linux-gnu/gconv/libJIS.so"})
	const libm, libx = "/usr/lib/x86_64-linux-gnu/libm.so.6\x00", "/layers/whittle_whittle/libs/usr/lib/x86_64-linux-gnu/libx.so.1\x00"
	for _, row := range []struct {
		names []string
		want  map[string]bool
	}{
		{[]string{"tool_bins"}, map[string]bool{libx: true, libm: false}},
		{[]string{"tool_bins", "libc-bin"}, map[string]bool{libx: true, libm: true, "libJIS": false}},
	} {
		w.Names = nil
		for _, name := range row.names {
			w.Names = append(w.Names, slicer.Named{Name: name, By: "test", Kind: manifest.Asked, Layer: contract.LayerSlices})
		}
		cache, err := slicer.LoaderCache(selectAll(t, w))
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range row.want {
			if got := bytes.Contains(cache, []byte(text)); got != want {
				t.Errorf("%v: the cache lists %q: %v, want %v", row.names, text, got, want)
			}
		}
	}
}

// TestSharedDoors tells behind which doors the run image may have files of its own.
func TestSharedDoors(t *testing.T) {
	for path, want := range map[string]bool{
		"usr/share":                        true,
		"usr/lib/locale":                   true,
		"usr/lib/x86_64-linux-gnu/gconv":   true,
		"usr/lib/x86_64-linux-gnu/perl":    false,
		"usr/lib":                          false,
		"etc/gconv":                        false,
		"usr/lib/x86_64-linux-gnu/gconv-2": false,
	} {
		if d := (contract.Door{Path: path, Layer: "slices", Target: path}); d.Shared() != want {
			t.Errorf("door %s is shared: %v, want %v", path, d.Shared(), want)
		}
	}
	if d := (contract.Door{Path: "usr/lib/locale", Layer: "slices", Target: "elsewhere"}); d.Shared() {
		t.Error("a door to another path is shared")
	}
}

// TestSelectionIgnoresOrder turns everything that a want lists around: names, sonames, objects, packages of the archive.
func TestSelectionIgnoresOrder(t *testing.T) {
	parts := strings.SplitAfter(threePackages, "\n-- deb/libx1_2.0-1/DEBIAN")
	dash := threePackages[strings.Index(threePackages, "-- deb/dash"):]
	turned := dash + strings.TrimSuffix(threePackages, dash)
	if len(parts) != 2 || len(turned) != len(threePackages) {
		t.Fatal("the archive was not turned around")
	}
	var texts []string
	for i, text := range []string{threePackages, turned} {
		w := wantOf(t, text, "tool", "dash_bins", "libc6_libs")
		w.Floor = nil
		w.Sonames = []slicer.Named{{Name: "libx.so.1", By: "a"}, {Name: "libc.so.6", By: "b"}}
		if i == 1 {
			slices.Reverse(w.Names)
			slices.Reverse(w.Sonames)
		}
		s := selectAll(t, w)
		s.Archives = nil // the two are signed one by one
		texts = append(texts, encode(t, &s.Manifest))
	}
	if texts[0] != texts[1] {
		t.Errorf("manifests differ:\n%s\n%s", texts[0], texts[1])
	}
}

// TestLoaderCacheListsPrivateLibrariesWhereTheyLand has a program whose RUNPATH names a directory that no door leads to: the
// loader finds the library by its cache, in the layer that it landed in with its package.
func TestLoaderCacheListsPrivateLibrariesWhereTheyLand(t *testing.T) {
	w := wantOf(t, `
-- deb/hercules_3/usr/bin/hercules --
elf exec needs=libherc.so runpath=/usr/lib/hercules
-- deb/hercules_3/usr/lib/hercules/libherc.so --
elf soname=libherc.so
`, "hercules")
	w.Floor = floorWithDoors()
	s := selectAll(t, w)
	at := contract.LayerPath(fileOf(t, s, "usr/lib/hercules/libherc.so").Layer, "usr/lib/hercules/libherc.so")
	cache, err := slicer.LoaderCache(s)
	if err != nil || !bytes.Contains(cache, []byte(at+"\x00")) {
		t.Errorf("the cache does not lead to %s: %v", at, err)
	}
}
