package slicer

import "whittle.dev/whittle/slicer/internal/plan"

// Want says what a tree must contain: names of slices and packages, the ELF files and scripts of an app, and what the run
// image has. See its fields.
type Want = plan.Want

// Named is a slice ("git_bins"), a package ("git") or a soname, and who named it.
type Named = plan.Named

// Object is a file of the app, at its path in the image.
type Object = plan.Object

// Foreign tells why nobody can load an ELF file of an app on an architecture of Debian's: it is for another machine, system or C
// library, or not whole. It is empty for one that can be loaded, and for what is no ELF file.
func Foreign(o Object, arch string) (why string, err error) {
	_, why, err = plan.ReadAppObject(o, arch)
	return why, err
}

// Omit is a group of files that a cut leaves out, and how the manifest tells of it.
type Omit = plan.Omit
