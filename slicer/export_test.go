package slicer

import "time"

// PruneAfter is Prune with another time of grace.
func PruneAfter(dir string, max int64, grace time.Duration) error {
	return PruneCacheAfter(dir, max, grace, cachedRecords)
}
