package slicer

import "whittle.dev/whittle/slicer/internal/plan"

// Want says what a tree must contain: names of slices and packages, the ELF files and scripts of an app, and what the run
// image has. See its fields.
type Want = plan.Want

// Named is a slice ("git_bins"), a package ("git") or a soname, and who named it.
type Named = plan.Named

// Object is a file of the app, at its path in the image.
type Object = plan.Object

// Omit is a group of files that a cut leaves out, and how the manifest tells of it.
type Omit = plan.Omit
