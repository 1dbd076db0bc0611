package slicer

import (
	"cmp"

	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// linkNames notes which files are further names of one before them, in the order of paths: the hard links of packages. A name that
// a definition gave another mode, or a script other bytes, is a file of its own, and so is a copy. Of layers none is noted: the
// lifecycle exports each name as a file.
func linkNames(files []*plan.File) {
	type inode struct {
		from              *packages.Contents
		name, mode, bytes string
	}
	first := map[inode]string{}
	for _, f := range files {
		if f.Kind != tree.File || f.From == nil || f.Path != f.At.Path {
			continue
		}
		n := inode{f.From, cmp.Or(f.At.HardLink, f.At.Path), f.Mode, f.SHA256}
		if at, known := first[n]; known {
			f.HardLink = at
		} else {
			first[n], f.HardLink = f.Path, ""
		}
	}
}
