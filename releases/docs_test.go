package releases_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
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
	defined := definedBy(t, "debian-12", "debian-13")
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

// definedBy are the slices that releases define, by their whole names.
func definedBy(t *testing.T, names ...string) map[string]bool {
	t.Helper()
	defined := map[string]bool{}
	for _, name := range names {
		fsys, err := fs.Sub(releases.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := release.Read(fsys)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range r.Names() {
			for _, s := range r.Package(name).Slices {
				defined[s.String()] = true
			}
		}
	}
	return defined
}

// TestDefinitionsPageNamesTestedSlices holds the tables of docs/definitions.md against the rows that build and use slices, in a root
// and behind the doors of a run image: a slice that is documented is in one of them.
func TestDefinitionsPageNamesTestedSlices(t *testing.T) {
	page, err := os.ReadFile("../docs/definitions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shipped, ok := strings.Cut(string(page), "## What whittle ships")
	if !ok {
		t.Fatal("the page does not say what whittle ships")
	}
	of13, of12 := definedBy(t, "debian-13"), definedBy(t, "debian-12")
	tested, tested12 := rowsIn(t, "slices_debian13", "slices_libraries"), rowsIn(t, "slices_debian12")
	named := slicesInTables(shipped)
	if len(named) < 140 {
		t.Fatalf("the tables name %d slices", len(named))
	}
	for _, name := range named {
		if !tested[name] && !(tested12[name] && of12[name] && !of13[name]) {
			t.Errorf("docs/definitions.md names %s, and no row of integration/slices_*_test.go builds it", name)
		}
	}
}

// slicesInTables are the slices that tables name: `git_core`, and `_http` for another one of the last package in the row.
func slicesInTables(text string) []string {
	var all []string
	name := regexp.MustCompile("`([a-z0-9][a-z0-9.+-]+)?_([a-z][a-z0-9-]+)`")
	for row := range strings.Lines(text) {
		if !strings.HasPrefix(row, "|") {
			continue
		}
		last := ""
		for _, m := range name.FindAllStringSubmatch(row, -1) {
			if m[1] != "" {
				last = m[1]
			}
			all = append(all, last+"_"+m[2])
		}
	}
	return all
}

// rowsIn are the slices that the rows of integration tests cut.
func rowsIn(t *testing.T, files ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	row := regexp.MustCompile(`(?:\bslices: |\blibrary\()"([^"]+)"`)
	for _, file := range files {
		text, err := os.ReadFile("../integration/" + file + "_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range row.FindAllStringSubmatch(string(text), -1) {
			for _, name := range strings.Fields(m[1]) {
				found[name] = true
			}
		}
	}
	return found
}
