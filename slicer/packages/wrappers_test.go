package packages_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/packages/packagestest"
)

// askAll asks a source for everything that not every source can do.
func askAll(t *testing.T, s packages.Source, name string) {
	t.Helper()
	p, err := s.Package(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := s.Versions(t.Context(), name); err != nil || len(all) != 1 {
		t.Errorf("versions: %v, %v", all, err)
	}
	if got, err := s.Recover(t.Context(), p); err != nil || got != p {
		t.Errorf("recovered: %v, %v", got, err)
	}
	if text, err := s.Symbols(t.Context(), p); err != nil || text != "symbols of "+name {
		t.Errorf("symbols: %q, %v", text, err)
	}
	s.Prefetch(t.Context(), []*packages.Package{p})()
	if err := s.Fetch(t.Context(), []*packages.Package{p}); err != nil {
		t.Error(err)
	}
	if id, err := s.Identity(); err != nil || id == "" {
		t.Errorf("identity: %q, %v", id, err)
	}
	if state, err := s.State(p); err != nil || state == "" {
		t.Errorf("state: %q, %v", state, err)
	}
	if s.Unlisted(t.Context(), p) == nil {
		t.Error("there is no way to the bytes")
	}
	if len(s.Snapshots()) != 1 {
		t.Errorf("snapshots: %v", s.Snapshots())
	}
}

var everything = []string{"Versions a", "Recover a", "Symbols a", "Prefetch a", "stop", "Fetch a", "Identity", "State a", "Unlisted a"}

// A wrapper that drops an ability of its source loses messages and time in silence.
func TestWrappersPassEveryAbilityOn(t *testing.T) {
	for name, wrap := range map[string]func(packages.Source) packages.Source{
		"subset": func(s packages.Source) packages.Source { return packages.Subset(s, "a few", []string{"a"}) },
		"lazy": func(s packages.Source) packages.Source {
			return packages.Lazy("later", func() (packages.Source, error) { return s, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			from := &packagestest.Source{Packages: map[string]*packages.Package{"a": {}}}
			askAll(t, wrap(from), "a")
			if diff := cmp.Diff(everything, from.Asked); diff != "" {
				t.Errorf("-want +asked:\n%s", diff)
			}
		})
	}
}

// What is asked of a lazy source only to save time, or for the record, does not open it.
func TestLazyIsNotOpenedForNothing(t *testing.T) {
	cause := errors.New("no network")
	opened := false
	s := packages.Lazy("later", func() (packages.Source, error) {
		opened = true
		return nil, cause
	})
	s.Prefetch(t.Context(), []*packages.Package{{Name: "a"}})()
	if opened || s.Snapshots() != nil || s.Name() != "later" {
		t.Errorf("opened: %v", opened)
	}
	if _, err := s.Package(t.Context(), "a"); !errors.Is(err, cause) {
		t.Errorf("got error %v, want %v", err, cause)
	}
}

// A subset has nothing of packages outside of it.
func TestSubsetBoundsVersionsAndRecovery(t *testing.T) {
	from := &packagestest.Source{Packages: map[string]*packages.Package{"a": {}, "b": {}}}
	s := packages.Subset(from, "a few", []string{"a"})
	if all, err := s.Versions(t.Context(), "b"); err != nil || len(all) != 0 {
		t.Errorf("versions: %v, %v", all, err)
	}
	if _, err := s.Recover(t.Context(), &packages.Package{Name: "b"}); !errors.Is(err, packages.ErrNoPackage) {
		t.Errorf("recovered: %v", err)
	}
	if slices.Contains(from.Asked, "Recover b") {
		t.Error("the other source was asked")
	}
}
