package releases_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"testing"

	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer/release"
)

// TestSlicesOfDocumentationExist looks at every slice that docs/definitions.md names in full: a release defines it, or
// it is derived of a package whose definition has none of that name.
func TestSlicesOfDocumentationExist(t *testing.T) {
	text, err := os.ReadFile("../docs/definitions.md")
	if err != nil {
		t.Fatal(err)
	}
	defined := map[string]bool{}
	for _, name := range []string{"debian-12", "debian-13"} {
		fsys, err := fs.Sub(releases.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := release.Read(fsys)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range r.Names() {
			p := r.Package(name)
			for _, s := range p.Slices {
				defined[s.String()] = true
			}
		}
	}
	named := regexp.MustCompile("`([a-z0-9][a-z0-9.+-]+)_([a-z][a-z0-9-]{2,})`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 80 {
		t.Fatalf("the page names %d slices", len(named))
	}
	for _, m := range named {
		derived := slices.Contains([]string{"all", "bins", "config", "copyright", "data", "libs"}, m[2])
		if name := m[1] + "_" + m[2]; !defined[name] && !derived {
			t.Errorf("docs/definitions.md names %s, which no release defines", name)
		}
	}
}
