// Package buildid tells the builds of a program apart.
package buildid

import (
	"debug/elf"
	"os"
	"sync"
)

// Of identifies the build of the running program, by the ID that Go's linker derives from everything that goes into
// it; empty if there is none. What one build has kept of its own decisions is of no use to another one: its rules may differ.
var Of = sync.OnceValue(func() string {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return ""
	}
	defer f.Close()
	program, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	note := program.Section(".note.go.buildid")
	if note == nil {
		return ""
	}
	id, err := note.Data()
	if err != nil {
		return ""
	}
	return string(id)
})
