package plan

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"whittle.dev/whittle/slicer/packages"
)

// suggesting is a source without packages, which counts how often it looks for names that resemble one.
type suggesting struct {
	packages.Source
	searches int
}

func (s *suggesting) Versions(context.Context, string) ([]*packages.Package, error) { return nil, nil }

func (s *suggesting) Package(_ context.Context, name string) (*packages.Package, error) {
	s.searches++
	return nil, fmt.Errorf("no %s; similar names: curl: %w", name, packages.ErrNoPackage)
}

// TestOnlyAskedNamesAreComparedWithAll: closures and scripts ask for hundreds of names that may not be there.
func TestOnlyAskedNamesAreComparedWithAll(t *testing.T) {
	s := &suggesting{}
	p := &Plan{Ctx: t.Context()}
	p.Want.Sources = []packages.Source{s}
	if _, _, err := p.Lookup("curll"); !errors.Is(err, packages.ErrNoPackage) || s.searches != 0 {
		t.Errorf("got %v after %d searches", err, s.searches)
	}
	if _, _, err := p.LookupAsked("curll"); !errors.Is(err, packages.ErrNoPackage) || s.searches != 1 || err.Error() != "no curll; similar names: curl: "+packages.ErrNoPackage.Error() {
		t.Errorf("got %v after %d searches", err, s.searches)
	}
}
