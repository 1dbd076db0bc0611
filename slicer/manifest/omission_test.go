package manifest

import (
	"testing"

	"whittle.dev/whittle/internal/debian"
)

// The name of an omission of a class of files is put together and taken apart in one place.
func TestOmissionOfAClass(t *testing.T) {
	pkg, class, ok := Omission{Name: OmissionName("git", debian.ClassBins)}.OfClass()
	if !ok || pkg != "git" || class != debian.ClassBins {
		t.Errorf("got %q, %q, %v", pkg, class, ok)
	}
	if _, _, ok := (Omission{Name: "git"}).OfClass(); ok {
		t.Error("a package is taken for a class of files")
	}
}
