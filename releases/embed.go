// Package releases holds the data that whittle ships: a directory a Debian release, each with slice definitions in the
// format v3 of chisel releases (chisel.yaml, slices/), run images (run/<name>.yaml), their table of doors (doors), the
// packages of the build image (build/), the directories that it leads into the layer of build packages (build-doors.txt),
// and what the builder has (builder.toml). docs/releases.md says more.
package releases

import "embed"

// FS holds a directory a release: debian-12/, debian-13/.
//
//go:embed all:debian-*
var FS embed.FS
