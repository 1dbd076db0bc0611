package lock

import (
	"slices"
	"testing"

	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/packages/packagestest"
)

// A pinned source can do what its sources can.
func TestPinPassesAbilitiesOn(t *testing.T) {
	from := &packagestest.Source{Packages: map[string]*packages.Package{"a": {Version: "1"}}}
	l := &Lock{Schema: Schema, Cuts: []Cut{{Arch: "amd64", Packages: []Package{{Name: "a", Version: "1"}, {Name: "gone", Version: "2"}}}}}
	s := l.Pin("amd64", from)
	p, err := s.Package(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := s.Symbols(t.Context(), p); err != nil || text != "symbols of a" {
		t.Errorf("symbols: %q, %v", text, err)
	}
	if all, err := s.Versions(t.Context(), "a"); err != nil || len(all) != 1 || all[0] != p {
		t.Errorf("versions: %v, %v", all, err)
	}
	s.Prefetch(t.Context(), []*packages.Package{p})()
	if err := s.Fetch(t.Context(), []*packages.Package{p}); err != nil {
		t.Error(err)
	}
	if gone, err := s.Package(t.Context(), "gone"); err != nil || gone.Version != "2" {
		t.Errorf("a package that no source lists: %v, %v", gone, err)
	}
	for _, want := range []string{"Symbols a", "Prefetch a", "stop", "Fetch a", "Recover gone"} {
		if !slices.Contains(from.Asked, want) {
			t.Errorf("asked %v, want %s among them", from.Asked, want)
		}
	}
	if len(s.Snapshots()) != 1 {
		t.Errorf("snapshots: %v", s.Snapshots())
	}
}
