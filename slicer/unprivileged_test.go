package slicer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestUnprivilegedCutsHaveNoSetuidFiles selects what Debian ships with every special mode, for an app's image and for a root.
func TestUnprivilegedCutsHaveNoSetuidFiles(t *testing.T) {
	w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "pkg"}}, Sources: []packages.Source{archiveOf(t, slicertest.Deb{Files: []slicertest.DebFile{
		{Path: "usr/bin/su", Body: []byte("setuid"), Mode: 0o4755},
		{Path: "usr/bin/wall", Body: []byte("setgid"), Mode: 0o2755},
		{Path: "usr/share/pkg/open", Body: []byte("x"), Mode: 0o666},
		{Path: "var/local/", Mode: 0o2775},
		{Path: "var/spool/", Mode: 0o1777},
	}})}}
	modes := func(w slicer.Want) (map[string]string, []string) {
		s := selectAll(t, w)
		all := map[string]string{}
		for _, path := range []string{"usr/bin/su", "usr/bin/wall", "usr/share/pkg/open", "var/local", "var/spool"} {
			all[path] = fileOf(t, s, path).Mode
		}
		return all, s.Dropped
	}
	got, dropped := modes(w)
	want := map[string]string{"usr/bin/su": "4755", "usr/bin/wall": "2755", "usr/share/pkg/open": "0666", "var/local": "2775", "var/spool": "1777"}
	if diff := cmp.Diff(want, got); diff != "" || dropped != nil {
		t.Errorf("a root: dropped %v, -want +got:\n%s", dropped, diff)
	}
	w.Unprivileged = true
	got, dropped = modes(w)
	want = map[string]string{"usr/bin/su": "0755", "usr/bin/wall": "0755", "usr/share/pkg/open": "0644", "var/local": "0755", "var/spool": "1755"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("an app's image, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"slices:usr/bin/su", "slices:usr/bin/wall"}, dropped); diff != "" {
		t.Errorf("told as dropped, -want +got:\n%s", diff)
	}
}
