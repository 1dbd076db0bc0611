package slicer

import (
	"time"

	"whittle.dev/whittle/slicer/packages"
)

// PruneAfter is Prune with another time of grace.
func PruneAfter(dir string, max int64, grace time.Duration) error {
	return packages.PruneAfter(dir, max, grace, cachedRecords)
}

// Makers of archives, ELF files and trees.
var (
	ZipOf  = zipOf
	ELFOf  = elfOf
	TreeOf = treeOf
)
