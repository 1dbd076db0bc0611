package archive

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"whittle.dev/whittle/slicer/slicertest"
)

// TestLentIndexes opens archives with the indexes that were written of one in another state, or spoiled since: those that fit
// are used, and neither downloaded nor made nor kept.
func TestLentIndexes(t *testing.T) {
	fixture := newArchive(newKey())
	for _, row := range []struct {
		name   string
		change func(t *testing.T, a *slicertest.Archive, dir, file string)
		used   bool
	}{
		{"TheSame", func(*testing.T, *slicertest.Archive, string, string) {}, true},
		{"OlderState", func(_ *testing.T, a *slicertest.Archive, _, _ string) {
			a.Components = map[string][]slicertest.Deb{"main": {{Name: "libgmp-dev", Version: "9"}, {Name: "libgmp10", Fields: map[string]string{"Provides": "libmp"}}}}
		}, false},
		{"Damaged", func(t *testing.T, _ *slicertest.Archive, _, file string) {
			if err := os.Truncate(file, 200); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"NoFile", func(t *testing.T, _ *slicertest.Archive, _, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(file, 0o755); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"OthersMayWrite", func(t *testing.T, _ *slicertest.Archive, dir, _ string) {
			if err := os.Chmod(dir, 0o777); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"OthersMayWriteIt", func(t *testing.T, _ *slicertest.Archive, _, file string) {
			if err := os.Chmod(file, 0o666); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"None", func(t *testing.T, _ *slicertest.Archive, dir, _ string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir, file := writeIndexes(t, fixture)
			changed := fixture
			row.change(t, &changed, dir, file)
			o := optionsFor(t, changed, changed.Serve(t).URL)
			o.Indexes = dir
			made := false
			o.Progress = func(p Progress) { made = made || p.Activity == Index }
			a := mustOpen(t, o)
			if _, err := a.Package("libgmp-dev"); err != nil {
				t.Error(err)
			}
			if all, err := a.Providers("libmp"); err != nil || len(all) != 1 {
				t.Errorf("libmp is provided by %v (%v)", all, err)
			}
			cached, err := filepath.Glob(filepath.Join(o.Cache, indexDir, "*"))
			if err != nil || made == row.used || (len(cached) == 0) != row.used {
				t.Errorf("used: want %v; made: %v, and the cache has %v (%v)", row.used, made, cached, err)
			}
		})
	}
}

// TestDamagedLentIndexIsNamed: a package whose text is damaged in an index that is lent is an error that names the file.
func TestDamagedLentIndexIsNamed(t *testing.T) {
	fixture := newArchive(newKey())
	dir, file := writeIndexes(t, fixture)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[strings.Index(string(data), "libgmp-dev")] = 'L'
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	o.Indexes = dir
	if _, err := mustOpen(t, o).Package("libgmp-dev"); err == nil || !strings.Contains(err.Error(), "damaged: it is "+file) {
		t.Errorf("got error %v", err)
	}
}

// writeIndexes writes the only index of an archive, and returns the directory and the file.
func writeIndexes(t *testing.T, fixture slicertest.Archive) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	n, err := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL)).WriteIndexes(dir)
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || n != 1 || len(files) != 1 {
		t.Fatalf("%d indexes, %v (%v)", n, files, err)
	}
	return dir, files[0]
}
