// Package contract is what run images and the layers of apps have agreed on: the floor that every run image of a contract will
// always have, the doors that lead from its paths into layers, and the names of these layers.
package contract

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

// RunManifest is the path of a run image's manifest. It is compressed, because it would be a tenth of the smallest run image otherwise.
const RunManifest = "usr/share/whittle/manifest.json.gz"

// FloorLabel is the label of a run image that holds the digest of the floor that it promises.
const FloorLabel = "dev.whittle.floor"
