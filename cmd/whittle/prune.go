package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
)

// defaultCacheSize bounds the cache, in bytes, unless WHITTLE_CACHE_SIZE says otherwise.
const defaultCacheSize = 5_000_000_000

// A cache is looked at each day, and whenever it grew by a tenth of its bound: it takes as long as a small cut.
const (
	pruneEvery  = 24 * time.Hour
	pruneGrowth = 10 // of 100
)

// prune bounds the cache in which archives were opened, after a command that went well. A cache that cannot be pruned is
// still good, so that is told and is no error; one that cannot be written to is not this user's to prune.
func (t *tool) prune() {
	if t.cache == "" {
		return
	}
	size, err := cacheSize(t.env("WHITTLE_CACHE_SIZE"))
	if err == nil && size > 0 {
		err = pruneSeldom(t.cache, size)
	}
	if err != nil {
		t.progress().note(err.Error())
	}
}

func pruneSeldom(cache string, size int64) error {
	stamp := filepath.Join(cache, "pruned")
	fi, err := os.Stat(stamp)
	if err == nil && time.Since(fi.ModTime()) < pruneEvery && packages.CacheGrowth(cache) < size/100*pruneGrowth {
		return nil
	}
	if err := os.WriteFile(stamp, nil, 0o644); err != nil {
		return nil // a read-only cache
	}
	now := time.Now()
	if err := os.Chtimes(stamp, now, now); err != nil {
		return fmt.Errorf("cannot prune the cache: %w", err)
	}
	return slicer.Prune(cache, size)
}

// cacheSize reads a number of bytes with an optional K, M, G or T, powers of 1000; 0 is no bound.
func cacheSize(text string) (int64, error) {
	if text == "" {
		return defaultCacheSize, nil
	}
	number, unit := strings.ToUpper(strings.TrimSpace(text)), int64(1)
	if i := strings.IndexAny(number, "KMGT"); i >= 0 && i == len(number)-1 {
		for range strings.IndexByte("KMGT", number[i]) + 1 {
			unit *= 1000
		}
		number = number[:i]
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return 0, fmt.Errorf("cannot use WHITTLE_CACHE_SIZE %q: it is a number of bytes, such as 5G; the cache is not pruned", text)
	}
	return n * unit, nil
}
