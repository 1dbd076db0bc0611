// Package slicer cuts exactly the needed files out of Debian packages, and proves the result complete.
//
// The flow is one direction: a [Want] says what a tree must contain; [Select] turns it into a [Selection], the
// ordered and conflict-free list of files with the reason for each; [Cut] writes the selection into a [Tree] for each
// layer and returns the [Manifest]; [Prove] checks the result as the dynamic loader would; [Explain] reads the reasons
// back. Nothing is decided in Cut: equal selections give equal bytes.
//
// Words: an archive is a signed collection of packages (Debian's "repository"); a package is one .deb; a slice is a
// named part of a package; the closure is the set of libraries that ELF files need; the floor is what the run image
// of a contract will always have; a door is a symbolic link in the run image that leads into a layer.
package slicer

// BuildpackDir is where the lifecycle puts whittle's layers in an image: /layers/<buildpack ID with "/" escaped as "_">.
// The doors of run images lead here, so the buildpack's ID is part of the run image contract.
const BuildpackDir = "/layers/whittle_whittle"

// The names of the layers that hold cut files. They are part of the run image contract too.
const (
	LayerSlices   = "slices"   // what was asked for by name, and data
	LayerLibs     = "libs"     // the closure: libraries that ELF files of the app and the other layers need
	LayerLoader   = "loader"   // the dynamic loader's cache over all of them
	LayerManifest = "manifest" // what is in the image and why
	LayerPython   = "python"   // Debian's Python
)

// LayerPath is the absolute path in an image of the file that has path in the named layer.
func LayerPath(layer, path string) string { return BuildpackDir + "/" + layer + "/" + path }
