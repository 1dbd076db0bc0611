package slicer

import (
	"io/fs"

	"whittle.dev/whittle/slicer/internal/release"
)

// Release is a set of slice definitions, in the format of chisel releases.
type Release = release.Release

// ReadRelease reads and checks the definitions in fsys: chisel.yaml and slices/.
func ReadRelease(fsys fs.FS) (*Release, error) { return release.Read(fsys) }
