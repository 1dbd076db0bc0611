package slicer_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// cached is an archive, opened several times as several processes would, on one cache.
func cached(t *testing.T) (open func() *packages.Archive, cache string) {
	t.Helper()
	dir := t.TempDir()
	key := slicertest.NewKey("test", slicertest.KeyOptions{})
	a := slicertest.ArchiveOf(txtar.Parse([]byte(threePackages)), key)
	if err := a.WriteTo(filepath.Join(dir, "archive")); err != nil {
		t.Fatal(err)
	}
	sources := filepath.Join(dir, "test.sources")
	if err := os.WriteFile(sources, []byte(a.Sources("file://"+filepath.Join(dir, "archive"))), 0o644); err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(dir, "cache")
	return func() *packages.Archive {
		opened, err := packages.OpenArchive(t.Context(), packages.ArchiveOptions{Root: dir, Sources: sources, Arch: "amd64", Cache: cache})
		if err != nil {
			t.Error(err)
			return nil
		}
		t.Cleanup(func() { opened.Close() })
		return opened
	}, cache
}

// cutTool cuts package tool with a freshly opened archive.
func cutTool(t *testing.T, from *packages.Archive, dir string) {
	t.Helper()
	s, err := slicer.Select(t.Context(), slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}, Sources: []packages.Source{from}})
	if err != nil {
		t.Error(err)
		return
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Error(err)
		return
	}
	defer root.Close()
	tree := tree.NewSharedDir(root)
	defer tree.Close()
	for _, layer := range s.Layers() {
		if err := slicer.Cut(t.Context(), s, layer, tree); err != nil {
			t.Error(err)
		}
	}
}

// age makes everything in a cache look as if it had not been used for a day. The time of last change cannot be set, so
// files that no record names stay for their time of grace; records go at once.
func age(t *testing.T, cache string) {
	t.Helper()
	old := time.Now().Add(-24 * time.Hour)
	for _, pattern := range []string{"sha256/*/*", "index/*", "unpacked/contents-*/*/*"} {
		found, err := filepath.Glob(filepath.Join(cache, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if err := os.Chtimes(f, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestPruneCache prunes a cache to nothing: the next cut is as the first one was, and so is the root that was cut before.
func TestPruneCache(t *testing.T) {
	open, cache := cached(t)
	first, second := t.TempDir(), t.TempDir()
	cutTool(t, open(), first)
	want := listDir(t, first)
	age(t, cache)
	if err := slicer.Prune(cache, 1<<30); err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(filepath.Join(cache, "unpacked/contents-*/*/*")); len(found) == 0 {
		t.Error("a cache within its bounds lost its records")
	}
	if err := slicer.Prune(cache, 0); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"sha256/*/*", "unpacked/contents-*/*/*"} {
		if found, _ := filepath.Glob(filepath.Join(cache, pattern)); len(found) > 0 {
			t.Errorf("left were %v", found)
		}
	}
	cutTool(t, open(), second)
	if a, b := listDir(t, first), listDir(t, second); a != want || b != want {
		t.Errorf("before:\n%s\nof the first root is left:\n%s\nafter:\n%s", want, a, b)
	}
}

// TestPruneKeepsWhatWasUsedLast has room for one of two packages.
func TestPruneKeepsWhatWasUsedLast(t *testing.T) {
	open, cache := cached(t)
	from := open()
	for _, name := range []string{"tool", "libx1"} {
		if _, err := contentsOf(t, from, name); err != nil {
			t.Fatal(err)
		}
		if name == "tool" {
			age(t, cache)
		}
	}
	libx, err := contentsOf(t, from, "libx1")
	if err != nil {
		t.Fatal(err)
	}
	var size int64
	for _, e := range libx.Entries {
		size += e.Size
	}
	if err := slicer.Prune(cache, size+500); err != nil { // and for the record
		t.Fatal(err)
	}
	pkg, err := from.Package(t.Context(), "libx1")
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(cache, "unpacked/contents-*/*/*"))
	if err != nil || len(found) != 1 || !strings.HasPrefix(filepath.Base(found[0]), pkg.SHA256) {
		t.Errorf("left is %v, %v, want the record of libx1", found, err)
	}
}

// TestPruneBesideOtherProcesses prunes everything again and again, files as soon as they are fifty milliseconds old, while others
// open the archive and cut. Whatever vanishes between its making and its use, an index, a package, a file or the record of one, is
// made again, and nobody is told. On a busy machine ten milliseconds pass between making and use each time, and no number of tries
// is enough.
func TestPruneBesideOtherProcesses(t *testing.T) {
	open, cache := cached(t)
	want := t.TempDir()
	cutTool(t, open(), want)
	stop := make(chan struct{})
	var pruning, cutting sync.WaitGroup
	pruning.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := slicer.PruneAfter(cache, 0, 50*time.Millisecond); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 3 {
		cutting.Go(func() {
			for range 8 {
				from := open()
				if from == nil {
					return
				}
				dir := t.TempDir()
				cutTool(t, from, dir)
				if a, b := listDir(t, want), listDir(t, dir); a != b {
					t.Error("another root than before")
				}
				if _, err := from.Owners(t.Context(), "libx.h"); err != nil { // from the Contents index
					t.Error(err)
				}
			}
		})
	}
	cutting.Wait()
	close(stop)
	pruning.Wait()
}

// TestPruneTakesStrangersFirst fills a cache beyond its bound by records of a kind that this version does not know, newer
// than its own: those go, and what is known stays.
func TestPruneTakesStrangersFirst(t *testing.T) {
	open, cache := cached(t)
	from := open()
	if _, err := contentsOf(t, from, "tool"); err != nil {
		t.Fatal(err)
	}
	known, err := filepath.Glob(filepath.Join(cache, "unpacked/contents-*/*/*"))
	if err != nil || len(known) != 1 {
		t.Fatalf("got %v, %v", known, err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(known[0], old, old); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"contents-1", "contents-999"} {
		at := filepath.Join(cache, "unpacked", kind, "ab")
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "abcd"), make([]byte, 100_000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := slicer.PruneAfter(cache, 100_000, 0); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "unpacked/contents-*"))
	if err != nil || len(left) != 1 || left[0] != filepath.Dir(filepath.Dir(known[0])) {
		t.Errorf("left are %v, %v", left, err)
	}
	if _, err := os.Stat(known[0]); err != nil {
		t.Error(err)
	}
}

// TestCacheGrowth adds up what several archives wrote to a cache, until it is pruned.
func TestCacheGrowth(t *testing.T) {
	open, cache := cached(t)
	if n := packages.CacheGrowth(cache); n != 0 {
		t.Errorf("an empty cache grew by %d", n)
	}
	for i, name := range []string{"", "tool", "libx1"} {
		from := open()
		if name != "" {
			if _, err := contentsOf(t, from, name); err != nil {
				t.Fatal(err)
			}
		}
		if err := from.Close(); err != nil {
			t.Fatal(err)
		}
		if n := packages.CacheGrowth(cache); n != int64(i+1)<<20 { // each is rounded up
			t.Errorf("after %q it grew by %d", name, n)
		}
	}
	if err := slicer.Prune(cache, 1<<30); err != nil {
		t.Fatal(err)
	}
	if n := packages.CacheGrowth(cache); n != 0 {
		t.Errorf("after it was pruned it grew by %d", n)
	}
}
