package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"whittle.dev/whittle/internal/store"
)

// linesOf reads a record that has the texts of its files, a line each.
func linesOf(record []byte) ([]store.Blob, error) {
	var blobs []store.Blob
	for line := range strings.Lines(string(record)) {
		sum := sha256.Sum256([]byte(line))
		blobs = append(blobs, store.Blob{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(line)), Mode: 0o644})
	}
	return blobs, nil
}

// filled is a store with records of three packages, of which two share a file; with a file that none names; with one that a
// killed process left; and with a record of a kind that nobody knows any more, used last.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	for day, r := range []struct{ kind, key, text string }{
		{"kind-2", "bb", "shared\n"}, {"kind-2", "aa", "file1\nshared\n"}, {"kind-2", "cc", "new\n"}, {"kind-1", "dd", "old\n"},
	} {
		if err := s.PutRecord(r.kind, r.key, []byte(r.text)); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(r.text) {
			if _, err := s.Put(strings.NewReader(line), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		used := time.Now().AddDate(0, 0, day-10)
		if err := os.Chtimes(filepath.Join(dir, r.kind, r.key, r.key), used, used); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s)
	if err := os.WriteFile(filepath.Join(dir, "files", "tmp-KILLED"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestPrune bounds a store. Records count with the files that no newer record names.
func TestPrune(t *testing.T) {
	const (
		newest = 4 + 4
		second = 13 + 6 + 7
		third  = 7
	)
	for _, row := range []struct {
		name    string
		max     int64
		grace   time.Duration
		records string
		files   int
	}{
		{"AllFit", newest + second + third, 0, "aa bb cc", 3},
		{"OldestGoes", newest + second + third - 1, 0, "aa cc", 3},
		{"NothingOlderIsKept", newest + second - 1, 0, "cc", 1}, // "bb" would fit
		{"AllGo", 0, 0, "", 0},
		{"YoungFilesStay", 0, time.Hour, "", 5},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := filled(t)
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			err = store.Prune(root, store.Pruning{Max: row.max, Grace: row.grace, Blobs: map[string]func([]byte) ([]store.Blob, error){"kind-2": linesOf}})
			if err != nil {
				t.Fatal(err)
			}
			var records []string
			found, err := filepath.Glob(filepath.Join(dir, "kind-*", "*", "*"))
			for _, f := range found {
				records = append(records, filepath.Base(f))
			}
			if got := strings.Join(records, " "); err != nil || got != row.records || count(t, dir) != row.files {
				t.Errorf("left are records %q and %d files, %v, want %q and %d", got, count(t, dir), err, row.records, row.files)
			}
			if len(temporary(t, dir)) != 1 {
				t.Error("a file went that somebody may be writing")
			}
		})
	}
}

// TestUsage counts files, records and what is half-written.
func TestUsage(t *testing.T) {
	root, err := os.OpenRoot(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	const want = 7 + (13 + 6 + 7) + (4 + 4) + (4 + 4) + 6 + 4
	if got, err := store.Usage(root); err != nil || got != want {
		t.Errorf("got %d, %v, want %d", got, err, want)
	}
}
