package slicer

// PruneCacheAfter is PruneCache with another time of grace.
var PruneCacheAfter = pruneCache
