package manifest_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// manifestPair is a cut and what became of it.
func manifestPair() (before, after *manifest.Manifest) {
	before = &manifest.Manifest{
		Schema: manifest.Schema, Arch: "amd64",
		Packages: []manifest.Package{{Name: "gone", Version: "1"}, {Name: "newer", Version: "1.0-1"}, {Name: "rebuilt", Version: "1", SHA256: "aa"}, {Name: "same", Version: "1"}},
		Files: []manifest.File{
			{Layer: "libs", Path: "usr/lib/libn.so.1", Kind: tree.File, Mode: "0644", Size: 1000, SHA256: "11", Package: "newer"},
			{Layer: "slices", Path: "bin", Kind: tree.Directory, Mode: "0755", Package: "same"},
			{Layer: "slices", Path: "etc/kind", Kind: tree.File, Mode: "0644", Size: 5, SHA256: "55", Package: "same"},
			{Layer: "slices", Path: "etc/mode", Kind: tree.File, Mode: "0644", Size: 5, SHA256: "22", Package: "same"},
			{Layer: "slices", Path: "etc/same", Kind: tree.File, Mode: "0644", Size: 7, SHA256: "33", Package: "same"},
			{Layer: "slices", Path: "usr/bin/gone", Kind: tree.File, Mode: "0755", Size: 2_000_000, SHA256: "44", Package: "gone"},
		},
	}
	after = &manifest.Manifest{
		Schema: manifest.Schema, Arch: "amd64",
		Packages: []manifest.Package{{Name: "born", Version: "3"}, {Name: "newer", Version: "1.0-2"}, {Name: "rebuilt", Version: "1", SHA256: "bb"}, {Name: "same", Version: "1", SHA256: "cc"}},
		Files: []manifest.File{
			{Layer: "libs", Path: "usr/lib/libn.so.1", Kind: tree.File, Mode: "0644", Size: 1500, SHA256: "12", Package: "newer"},
			{Layer: "slices", Path: "bin", Kind: tree.Directory, Mode: "0755", Package: "same"},
			{Layer: "slices", Path: "etc/kind", Kind: tree.Symlink, Mode: "0777", Link: "same", Package: "same"},
			{Layer: "slices", Path: "etc/mode", Kind: tree.File, Mode: "0600", Size: 5, SHA256: "22", Package: "same"},
			{Layer: "slices", Path: "etc/same", Kind: tree.File, Mode: "0644", Size: 7, SHA256: "33", Package: "same"},
			{Layer: "slices", Path: "usr/bin/born", Kind: tree.File, Mode: "0755", Size: 42, SHA256: "66", Package: "born"},
		},
	}
	return before, after
}

func TestDiffManifests(t *testing.T) {
	before, after := manifestPair()
	d := manifest.Compare(before, after)
	want := `+ package born     3                        +42 B in 1 file
- package gone     1                        -2.00 MB in 1 file
~ package newer    1.0-1 -> 1.0-2           +500 B in 1 file
~ package rebuilt  1 (another build of it)
~ package same     1                        -5 B in 2 files
~ libs:usr/lib/libn.so.1 content 1.0 kB -> 1.5 kB
~ slices:etc/kind kind, mode, content, link 5 B -> 0 B
~ slices:etc/mode mode
+ slices:usr/bin/born 42 B
- slices:usr/bin/gone 2.00 MB
packages 4 -> 4, files 5 -> 5, size 2.00 MB -> 1.6 kB (-2.00 MB)
`
	var text bytes.Buffer
	if err := d.Write(&text, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var back manifest.Diff
	var data bytes.Buffer
	if err := d.Encode(&data); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, back); diff != "" {
		t.Errorf("JSON, -written +read:\n%s", diff)
	}
}

func TestDiffOfEqualManifestsIsEmpty(t *testing.T) {
	before, _ := manifestPair()
	d := manifest.Compare(before, before)
	if !d.Empty() {
		t.Errorf("got %+v", d)
	}
	var data bytes.Buffer
	if err := d.Encode(&data); err != nil {
		t.Fatal(err)
	}
	want := `{
 "packages": [],
 "files": [],
 "before": {
  "packages": 4,
  "files": 5,
  "bytes": 2001017
 },
 "after": {
  "packages": 4,
  "files": 5,
  "bytes": 2001017
 }
}
`
	if diff := cmp.Diff(want, data.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestDiffIsSymmetric swaps the sides: what was added is removed, and nothing else differs.
func TestDiffIsSymmetric(t *testing.T) {
	before, after := manifestPair()
	there, back := manifest.Compare(before, after), manifest.Compare(after, before)
	swap := map[manifest.Change]manifest.Change{manifest.Added: manifest.Removed, manifest.Removed: manifest.Added, manifest.Changed: manifest.Changed}
	for i, p := range back.Packages {
		back.Packages[i] = manifest.PackageChange{
			Change: swap[p.Change], Name: p.Name, Before: p.After, After: p.Before, Rebuilt: p.Rebuilt, Files: p.Files,
			BeforeBytes: p.AfterBytes, AfterBytes: p.BeforeBytes,
		}
	}
	for i, f := range back.Files {
		back.Files[i].Change, back.Files[i].Before, back.Files[i].After = swap[f.Change], f.After, f.Before
	}
	back.Before, back.After = back.After, back.Before
	if diff := cmp.Diff(there, back); diff != "" {
		t.Errorf("-there +back:\n%s", diff)
	}
}
