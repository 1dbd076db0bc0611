package manifest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/sbom"
	"whittle.dev/whittle/slicer/tree"
)

// TestMergeOfRunImageAndLayers puts the files of both at their places, and lists a package that both have once.
func TestMergeOfRunImageAndLayers(t *testing.T) {
	run := &manifest.Manifest{
		Schema: manifest.Schema, Arch: "amd64", Release: "debian-13",
		Packages: []manifest.Package{{Name: "libc6", Version: "1"}, {Name: "tzdata", Version: "2"}},
		Files:    []manifest.File{{Layer: "libc", Path: "usr/lib/libc.so.6", Kind: tree.File, Package: "libc6"}},
	}
	layers := &manifest.Manifest{
		Schema: manifest.Schema, Arch: "amd64", RunImage: &manifest.RunImage{ID: "x"},
		Packages: []manifest.Package{{Name: "libgmp10", Version: "6"}, {Name: "tzdata", Version: "2"}},
		Files:    []manifest.File{{Layer: "libs", Path: "usr/lib/libgmp.so.10", Kind: tree.File, Package: "libgmp10"}},
	}
	want := &manifest.Manifest{
		Schema: manifest.Schema, Arch: "amd64", Release: "debian-13",
		Packages: []manifest.Package{{Name: "libc6", Version: "1"}, {Name: "libgmp10", Version: "6"}, {Name: "tzdata", Version: "2"}},
		Files: []manifest.File{
			{Layer: "slices", Path: "layers/whittle_whittle/libs/usr/lib/libgmp.so.10", Kind: tree.File, Package: "libgmp10"},
			{Layer: "slices", Path: "usr/lib/libc.so.6", Kind: tree.File, Package: "libc6"},
		},
	}
	if diff := cmp.Diff(want, manifest.Merge(run, layers)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDistroOfRelease(t *testing.T) {
	for release, want := range map[string]sbom.Distro{
		"debian-13": {ID: "debian", Version: "13"}, "ubuntu-24.04": {ID: "ubuntu", Version: "24.04"}, "mine": {}, "my-own": {}, "": {},
	} {
		if got := sbom.DistroOf(release); got != want {
			t.Errorf("%q: got %v, want %v", release, got, want)
		}
	}
}
