// Package releases holds the data that whittle ships: a directory a Debian release, each with slice definitions in the
// format v3 of chisel releases (chisel.yaml, slices/), run images (run/<name>.yaml), their table of doors (doors), and
// the directories that the build image leads into the layer of build packages (build-doors.txt).
package releases

import "embed"

// FS holds debian-12/ and debian-13/. Run images are made of debian-13 only.
//
//go:embed all:debian-12 all:debian-13
var FS embed.FS
