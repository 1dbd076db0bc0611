package language

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/project"
)

func TestSearch(t *testing.T) {
	files := fstest.MapFS{"a/x": {}, "a/b/x": {}, "a/b/y": {}, "c/x": {}}
	s := NewSearch(files)
	for _, row := range []struct {
		pattern string
		find    bool
		want    string
	}{
		{"**/x", true, "a/b/x a/x c/x"},
		{"{a,c}/x", true, "a/x c/x"},
		{"*/x", false, "a/x c/x"},
		{"none", false, ""},
	} {
		search := s.Glob
		if row.find {
			search = s.Find
		}
		found, err := search(row.pattern)
		slices.Sort(found)
		if got := strings.Join(found, " "); err != nil || got != row.want {
			t.Errorf("%s: got %s, %v", row.pattern, got, err)
		}
	}
}

// TestPatternsThatMultiplyEnd searches a few folders by patterns that lead through them in millions of ways: ** after **, links
// of a folder to itself, braces.
func TestPatternsThatMultiplyEnd(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, strings.Repeat("d/", 20)), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"loop1", "loop2", "loop3"} {
		if err := os.Symlink(".", filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := project.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	for _, row := range []struct{ name, pattern, want string }{
		{"stars", strings.Repeat("**/", 8) + "x", "leads through the same folders without end"},
		{"stars and folders", strings.Repeat("**/d/", 8) + "x", "leads through the same folders without end"},
		{"links", strings.Repeat("*/", 30) + "x", "leads through the same folders without end"},
		{"braces", strings.Repeat("{a,aa}", 40) + "b", "more than a thousand ways"},
	} {
		s := NewSearch(files)
		s.left = 20_000
		search := s.Find
		if row.name == "links" {
			search = s.Glob
		}
		if _, err := search(row.pattern); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v", row.name, err)
		}
	}
}
