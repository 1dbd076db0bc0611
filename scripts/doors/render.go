package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/contract"
)

// summary is what the head of the file tells: numbers of packages, and of them whole with the fixed doors and with all.
type summary struct {
	packages, fixed, chosen, doors int
}

func (s summary) String() string {
	return fmt.Sprintf("Of %d packages, %.1f %% are whole with the fixed doors, and %.1f %% with all %d.", s.packages,
		100*float64(s.fixed)/float64(max(1, s.packages)), 100*float64(s.chosen)/float64(max(1, s.packages)), s.doors)
}

const runHead = `# Doors of the run images: "path layer [target]", where /path leads to /layers/whittle_whittle/layer/target, and target is
# path where it is left out. A door is a promise: add some, never take one away or lead one elsewhere.
# Made by scripts/doors.sh from Debian's Contents indices, scripts/doors/fixed.txt and fixed-doors.txt. A package is whole when every file of it
# is at its own path, not counting documentation, translations, headers, and files for desktops, services and kernels.
`

const buildHead = `# Directories that the build image leads into the layer of build packages, where it has nothing there itself.
# TRIPLET stands for the architecture's library directory. Made by scripts/doors.sh from Debian's Contents indices,
# scripts/doors/build-fixed.txt and fixed-build-doors.txt. Counted are the packages named -dev, and their directories below /usr/include, /usr/lib/TRIPLET, /usr/share.
`

// render writes the table, sorted by path.
func render(r *rules, doors []chosen, s summary) []byte {
	var lines []string
	for _, d := range doors {
		lines = append(lines, r.line(contract.Door{Path: d.path, Layer: "slices", Target: d.path}))
	}
	for _, d := range r.fixed {
		if !r.build || !r.filled[d.Path] {
			lines = append(lines, r.line(d))
		}
	}
	slices.Sort(lines)
	var b bytes.Buffer
	if r.build {
		b.WriteString(buildHead)
	} else {
		b.WriteString(runHead)
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n", s, strings.Join(lines, "\n"))
	return b.Bytes()
}

func (r *rules) line(d contract.Door) string {
	switch {
	case r.build:
		return "/" + strings.Replace(d.Path, triplet, "TRIPLET", 1)
	case d.Path == d.Target:
		return d.Path + " " + d.Layer
	}
	return d.Path + " " + d.Layer + " " + d.Target
}
