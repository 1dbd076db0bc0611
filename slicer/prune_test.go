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
	"whittle.dev/whittle/slicer/internal/archive"
	"whittle.dev/whittle/slicer/slicertest"
)

// cached is an archive, opened several times as several processes would, on one cache.
func cached(t *testing.T) (open func() *slicer.Archive, cache string) {
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
	return func() *slicer.Archive {
		opened, err := slicer.OpenArchive(t.Context(), slicer.ArchiveOptions{Root: dir, Sources: sources, Arch: "amd64", Cache: cache})
		if err != nil {
			t.Error(err)
			return nil
		}
		t.Cleanup(func() { opened.Close() })
		return opened
	}, cache
}

// cutTool cuts package tool with a freshly opened archive.
func cutTool(t *testing.T, from *slicer.Archive, dir string) {
	t.Helper()
	s, err := slicer.Select(t.Context(), slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}, Sources: []slicer.Source{from}})
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
	tree := slicer.NewSharedDir(root)
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
	if err := slicer.PruneCache(cache, 1<<30); err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(filepath.Join(cache, "unpacked/contents-*/*/*")); len(found) == 0 {
		t.Error("a cache within its bounds lost its records")
	}
	if err := slicer.PruneCache(cache, 0); err != nil {
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
	if err := slicer.PruneCache(cache, size); err != nil {
		t.Fatal(err)
	}
	pkg, err := from.Package(t.Context(), "libx1")
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(cache, "unpacked/contents-*/*/*"))
	if err != nil || len(found) != 1 || !strings.HasSuffix(found[0], pkg.SHA256) {
		t.Errorf("left is %v, %v, want the record of libx1", found, err)
	}
}

// TestPruneBesideOtherProcesses prunes all unpacked files and records again and again while others cut.
func TestPruneBesideOtherProcesses(t *testing.T) {
	open, cache := cached(t)
	want := t.TempDir()
	cutTool(t, open(), want)
	packed, err := archive.Usage(cache)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var pruning, cutting sync.WaitGroup
	pruning.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := slicer.PruneCache(cache, packed); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 3 {
		from := open()
		cutting.Go(func() {
			for range 5 {
				dir := t.TempDir()
				cutTool(t, from, dir)
				if a, b := listDir(t, want), listDir(t, dir); a != b {
					t.Errorf("got\n%s\nwant\n%s", b, a)
				}
			}
		})
	}
	cutting.Wait()
	close(stop)
	pruning.Wait()
}
