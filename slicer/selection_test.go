package slicer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// Nothing is filled in after a selection is returned: the manifest of a plain cut names the archives and the definitions.
func TestSelectionIsComplete(t *testing.T) {
	w := wantOf(t, threePackages, "tool")
	w.ReleaseName = "debian-13"
	w.Sources = append(w.Sources, w.Sources[0]) // a state that was read twice is told once
	s := selectAll(t, w)
	if diff := cmp.Diff(w.Sources[0].(*packages.Archive).Snapshots(), s.Archives); diff != "" || len(s.Archives) != 1 {
		t.Errorf("-archive's +selection's:\n%s", diff)
	}
	if s.Release != "debian-13" {
		t.Errorf("definitions: %q", s.Release)
	}
}

// TestFileWhereDirectoryWas selects packages of which one has a file or a link where another has a directory.
func TestFileWhereDirectoryWas(t *testing.T) {
	for name, row := range map[string][2]string{
		"File": {"x", "cannot take /srv/x of aaa: package bbb makes /srv a file"},
		"Link": {"-> elsewhere", "cannot take /srv/x of aaa: package bbb makes /srv a link to elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			w := wantOf(t, "-- deb/aaa_1/srv/x --\nx\n-- deb/bbb_1/srv --\n"+row[0]+"\n", "aaa", "bbb")
			for _, layer := range []string{contract.LayerSlices, "base"} { // of a run image, whose layers make one root
				w.Names[0].Layer = layer
				if _, err := slicer.Select(t.Context(), w); err == nil || err.Error() != row[1] {
					t.Errorf("aaa in layer %s: got error %v, want %s", layer, err, row[1])
				}
			}
		})
	}
}

// TestNamesThatAreNone asks for what cannot be a package or a slice.
func TestNamesThatAreNone(t *testing.T) {
	for _, name := range []string{"", "_", "one_", "_bins", "../../etc/passwd", "one_nonsense", "ONE"} {
		_, err := slicer.Select(t.Context(), wantOf(t, onePackage, name))
		if err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("%q: got error %v", name, err)
		}
	}
}

// TestOmittedFilesAreNotTaken leaves out files of a package that is taken whole; the manifest tells of them once.
func TestOmittedFilesAreNotTaken(t *testing.T) {
	const text = "-- deb/aaa_1/usr/share/aaa/kept --\nx\n-- deb/aaa_1/usr/share/aaa/cut/one --\nx\n-- deb/aaa_1/usr/share/aaa/cut/two --\nx\n"
	w := wantOf(t, text, "aaa")
	why := manifest.Omission{Name: "/usr/share/aaa/cut", Reason: "nobody comes to it", By: "app"}
	w.Omit = []slicer.Omit{{Omission: why, Paths: []string{"usr/share/aaa/cut/one", "usr/share/aaa/cut/two"}}}
	got := render(selectAll(t, w))
	if !strings.Contains(got, "/aaa/kept ") || strings.Contains(got, "/aaa/cut/") || !strings.Contains(got, "omitted /usr/share/aaa/cut: nobody comes to it\n") {
		t.Errorf("got\n%s", got)
	}
}
