package plan

import (
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
)

// LandsIn names the layer that the name lands in where no door says otherwise.
func (n Named) LandsIn() string {
	if n.Layer == "" {
		return contract.LayerSlices
	}
	return n.Layer
}

// Reason is the reason of what the name brings: Asked where no kind is given.
func (n Named) Reason() manifest.Reason {
	if n.Kind == "" {
		return manifest.Reason{Kind: manifest.Asked, By: n.By}
	}
	return manifest.Reason{Kind: n.Kind, By: n.By}
}

// LibraryLayer names the layer that libraries of the closure land in.
func (w Want) LibraryLayer() string {
	if w.ClosureLayer == "" {
		return contract.LayerLibs
	}
	return w.ClosureLayer
}

// Want says what a tree must contain, and what it may be taken from.
type Want struct {
	Arch        string            // Debian's name: amd64, arm64
	Names       []Named           // slices and packages by name
	Objects     []Object          // ELF files of the app and of layers that whittle did not cut
	Links       map[string]string // symbolic links beside Objects, from absolute path to target: libx.so.1 of a library that the app brings
	LibraryPath []string          // directories that the app's processes have in LD_LIBRARY_PATH
	Scripts     []Object          // scripts of the app: the libraries that they open by name are looked for, and are no error when missing
	Opened      []Named           // libraries that code of the app opens by their whole names, in a form that nobody else reads; no error when missing, either
	Floor       *contract.Floor   // what the run image has; nil for a cut that makes a root of its own
	Sonames     []Named           // libraries that the app loads at run time and the user listed
	Release     *release.Release  // slice definitions; nil for none
	ReleaseName string            // what the manifest calls the definitions, such as debian-13; empty for none
	Sources     []packages.Source // in order: the first that has a package wins
	// ClosureLayer is the layer that libraries of the closure land in; LayerLibs if empty.
	ClosureLayer string
	// Unprivileged drops setuid and setgid bits, and the right to write of all but the owner: for layers of an app's image, in
	// which nothing runs as root and nothing is written to. See Selection.Dropped.
	Unprivileged bool
	Progress     func(msg string) // told in a line what is being waited for; nil for none
	// Omit are files of packages that are not to be taken, whatever brings them.
	Omit []Omit
}

// Omit is a group of files that a cut leaves out, and how the manifest tells of it.
type Omit struct {
	manifest.Omission
	Paths []string // clean and relative: "usr/lib/python3.13/pdb.py"
}

// Named is a slice ("git_bins"), a package ("git") or a soname, and who named it.
type Named struct {
	Name  string
	By    string              // "project.toml", "BP_WHITTLE_SLICES", "python"; of Traced, who opened what
	Kind  manifest.ReasonKind // Asked, Runtime or Traced
	Layer string              // the layer it lands in where no door says otherwise; LayerSlices if empty
}

// Object is a file of the app, at its path in the image. Among Want.Objects, files that are not ELF are ignored.
type Object struct {
	Path   string // absolute; of a file in an archive "/app/app.jar!/libx.so"
	Open   func() (packages.ReaderAtCloser, error)
	SHA256 string // hex, of its bytes; empty where nobody has summed them up
}
