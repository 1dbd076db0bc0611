package slicer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
