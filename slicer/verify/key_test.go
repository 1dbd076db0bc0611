package verify

import (
	"testing"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// TestKeyTellsImagesApart changes one thing at a time that a proof follows from.
func TestKeyTellsImagesApart(t *testing.T) {
	image := func() Image {
		return Image{
			Arch: "amd64", Floor: &contract.Floor{ID: "whittle.debian-13.base", Libraries: []contract.FloorLibrary{{Soname: "libc.so.6"}}},
			Files: []*plan.File{
				{File: manifest.File{Layer: "libs", Path: "usr/lib/a.so", Kind: tree.File, Mode: "0644", Size: 100, SHA256: "aa", Package: "a"}},
				{File: manifest.File{Layer: "libs", Path: "usr/lib/a", Kind: tree.Symlink, Mode: "0777", Link: "a.so", Package: "a"}},
			},
			Links: map[string]string{"/workspace/x": "y"}, LibraryPath: []string{"/layers/other/lib"},
		}
	}
	key := func(change func(*Image)) string {
		t.Helper()
		i := image()
		change(&i)
		k, err := i.Key()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	same := key(func(*Image) {})
	if again := key(func(i *Image) { i.Files[0].Why = []manifest.Reason{{By: "app"}} }); again != same || same == "" {
		t.Errorf("key %q, and %q for other reasons", same, again)
	}
	seen := map[string]string{same: "nothing"}
	for what, change := range map[string]func(*Image){
		"arch":         func(i *Image) { i.Arch = "arm64" },
		"floor":        func(i *Image) { i.Floor.Libraries[0].Symbols = []string{"x"} },
		"a file less":  func(i *Image) { i.Files = i.Files[:1] },
		"digest":       func(i *Image) { i.Files[0].SHA256 = "ab" },
		"size":         func(i *Image) { i.Files[0].Size = 10 },
		"path":         func(i *Image) { i.Files[0].Path = "usr/lib/b.so" },
		"layer":        func(i *Image) { i.Files[0].Layer = "slices" },
		"mode":         func(i *Image) { i.Files[0].Mode = "0755" },
		"package":      func(i *Image) { i.Files[0].Package = "b" },
		"hard link":    func(i *Image) { i.Files[0].HardLink = "usr/lib/c.so" },
		"link":         func(i *Image) { i.Files[1].Link = "b.so" },
		"kind":         func(i *Image) { i.Files[1].Kind = tree.Directory },
		"link of app":  func(i *Image) { i.Links["/workspace/x"] = "z" },
		"library path": func(i *Image) { i.LibraryPath = nil },
	} {
		k := key(change)
		if other, ok := seen[k]; ok || k == "" {
			t.Errorf("%s: key %q is that of another change: %s", what, k, other)
		}
		seen[k] = what
	}
	for what, change := range map[string]func(*Image){
		"an ELF file of the app":  func(i *Image) { i.Objects = []slicer.Object{{Path: "/workspace/a"}} },
		"a file without a digest": func(i *Image) { i.Files[0].SHA256 = "" },
		"no floor":                func(i *Image) { i.Floor = nil },
	} {
		if k := key(change); k != "" {
			t.Errorf("%s: key %q", what, k)
		}
	}
}
