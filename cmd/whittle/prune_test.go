package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCacheSize(t *testing.T) {
	for text, want := range map[string]int64{"": defaultCacheSize, "0": 0, "7": 7, "5G": 5e9, "2k": 2000, " 1T ": 1e12, "G": -1, "-1": -1, "5 GB": -1, "99999999T": -1} {
		got, err := cacheSize(text)
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
}

// TestPruneSeldom prunes a cache once, and again only when a day has passed or it grew by a tenth of its bound.
func TestPruneSeldom(t *testing.T) {
	cache := t.TempDir()
	blob := filepath.Join(cache, "sha256/ab/abc")
	for _, row := range []struct {
		name  string
		age   time.Duration
		grown int // MiB
		gone  bool
	}{
		{"First", 0, 0, true},
		{"SoonAfter", time.Hour, 0, false},
		{"SoonAndGrownALittle", time.Hour, 9, false},
		{"NextDay", 25 * time.Hour, 0, true},
		{"SoonAndGrownMuch", time.Hour, 10, true},
		{"SoonAfterThat", time.Hour, 0, false},
	} {
		if err := os.MkdirAll(filepath.Dir(blob), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(blob, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(blob, 101<<20); err != nil { // a hole: it counts, and takes no room
			t.Fatal(err)
		}
		then := time.Now().Add(-row.age)
		if err := os.Chtimes(filepath.Join(cache, "pruned"), then, then); err != nil && row.age > 0 {
			t.Fatal(err)
		}
		if row.grown > 0 {
			if err := os.WriteFile(filepath.Join(cache, "grown"), make([]byte, row.grown), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := pruneSeldom(cache, 100<<20); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(blob); os.IsNotExist(err) != row.gone {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}
