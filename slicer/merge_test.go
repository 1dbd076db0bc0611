package slicer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
)

// TestMergeOfRunImageAndLayers puts the files of both at their places, and lists a package that both have once.
func TestMergeOfRunImageAndLayers(t *testing.T) {
	run := &slicer.Manifest{
		Schema: slicer.ManifestSchema, Arch: "amd64", Release: "debian-13",
		Packages: []slicer.ManifestPackage{{Name: "libc6", Version: "1"}, {Name: "tzdata", Version: "2"}},
		Files:    []slicer.ManifestFile{{Layer: "libc", Path: "usr/lib/libc.so.6", Kind: slicer.File, Package: "libc6"}},
	}
	layers := &slicer.Manifest{
		Schema: slicer.ManifestSchema, Arch: "amd64", RunImage: &slicer.RunImage{ID: "x"},
		Packages: []slicer.ManifestPackage{{Name: "libgmp10", Version: "6"}, {Name: "tzdata", Version: "2"}},
		Files:    []slicer.ManifestFile{{Layer: "libs", Path: "usr/lib/libgmp.so.10", Kind: slicer.File, Package: "libgmp10"}},
	}
	want := &slicer.Manifest{
		Schema: slicer.ManifestSchema, Arch: "amd64", Release: "debian-13",
		Packages: []slicer.ManifestPackage{{Name: "libc6", Version: "1"}, {Name: "libgmp10", Version: "6"}, {Name: "tzdata", Version: "2"}},
		Files: []slicer.ManifestFile{
			{Layer: "slices", Path: "layers/whittle_whittle/libs/usr/lib/libgmp.so.10", Kind: slicer.File, Package: "libgmp10"},
			{Layer: "slices", Path: "usr/lib/libc.so.6", Kind: slicer.File, Package: "libc6"},
		},
	}
	if diff := cmp.Diff(want, slicer.MergeManifests(run, layers)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDistroOfRelease(t *testing.T) {
	for release, want := range map[string]slicer.Distro{
		"debian-13": {ID: "debian", Version: "13"}, "ubuntu-24.04": {ID: "ubuntu", Version: "24.04"}, "mine": {}, "my-own": {}, "": {},
	} {
		if got := slicer.DistroOf(release); got != want {
			t.Errorf("%q: got %v, want %v", release, got, want)
		}
	}
}
