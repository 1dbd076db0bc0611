package slicer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// wantOfDebs makes a want over packages that text cannot describe.
func wantOfDebs(t *testing.T, debs []slicertest.Deb, names ...string) slicer.Want {
	t.Helper()
	w := slicer.Want{Arch: "amd64", Sources: []packages.Source{archiveOf(t, debs...)}}
	for _, n := range names {
		w.Names = append(w.Names, slicer.Named{Name: n, By: "project.toml"})
	}
	return w
}

// oddModes are two packages that give a directory modes of their own.
var oddModes = []slicertest.Deb{
	{Name: "aa", Files: []slicertest.DebFile{
		{Path: "srv/", Mode: 0o755},
		{Path: "srv/shared/", Mode: 0o764},
		{Path: "srv/shared/aa", Body: []byte("a")},
		{Path: "var/mail/", Mode: 0o1777},
		{Path: "var/mail/deep/", Mode: 0o755},
		{Path: "var/mail/deep/box", Body: []byte("b")},
		{Path: "root/", Mode: 0o700},
		{Path: "root/.profile", Body: []byte("p")},
	}},
	{Name: "bb", Files: []slicertest.DebFile{
		{Path: "srv/", Mode: 0o755}, {Path: "srv/shared/", Mode: 0o750}, {Path: "srv/shared/bb", Body: []byte("a")},
	}},
}

// TestParentsKeepTheirModes cuts files alone: the directories above them are as their packages have them, and in no slice. Of two
// packages that differ the one that is cut first says.
func TestParentsKeepTheirModes(t *testing.T) {
	definitions := map[string]string{
		"aa": "  files:\n    contents: {/srv/shared/aa: , /var/mail/deep/box: }\n  later:\n    essential: {bb_files: }\n    contents: {/srv/shared/aa: }\n",
		"bb": "  files:\n    contents: {/srv/shared/bb: }\n",
	}
	for names, want := range map[string]string{
		"aa_files":          "srv/shared 0764, var/mail 1777",
		"bb_files aa_files": "srv/shared 0764, var/mail 1777",
		"aa_later":          "srv/shared 0750",
		"aa":                "root 0700, srv/shared 0764, var/mail 1777",
	} {
		w := wantOfDebs(t, oddModes, strings.Fields(names)...)
		w.Release = releaseOf(t, definitions)
		s := selectAll(t, w)
		var got []string
		for _, f := range s.Files {
			if f.Kind.String() == "dir" {
				got = append(got, f.Path+" "+f.Mode)
				if f.Slice != "" || f.Package == "" {
					t.Errorf("%s: %s is in slice %q of package %q", names, f.Path, f.Slice, f.Package)
				}
			}
		}
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: -want +got:\n%s", names, diff)
		}
		if list := listTar(t, tarOf(t, s, contract.LayerSlices)); !strings.Contains(list, "srv dir 0755\nsrv/shared dir 07") {
			t.Errorf("%s: the tar has\n%s", names, list)
		}
	}
}

// TestLayersStayOpen cuts the same onto a run image: whoever runs the app is not root, and reads what is below.
func TestLayersStayOpen(t *testing.T) {
	w := wantOfDebs(t, oddModes, "aa")
	w.Floor = floorWithDoors()
	for _, f := range selectAll(t, w).Files {
		if f.Kind.String() == "dir" {
			t.Errorf("%s has mode %s", f.Path, f.Mode)
		}
	}
}

// TestPatternsTakeDirectories has patterns that name directories: those are taken as they are, full or empty.
func TestPatternsTakeDirectories(t *testing.T) {
	w := wantOfDebs(t, oddModes, "aa_dirs")
	w.Release = releaseOf(t, map[string]string{"aa": "  dirs:\n    contents: {/s*/s*/: , /var/**: }\n"})
	want := `slices srv/shared dir 0764 (aa_dirs)
slices var dir 0755 (aa_dirs)
slices var/mail dir 1777 (aa_dirs)
slices var/mail/deep dir 0755 (aa_dirs)
slices var/mail/deep/box file 0644 (aa_dirs)
slice aa_dirs: asked for in project.toml
`
	if diff := cmp.Diff(want, render(selectAll(t, w))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
