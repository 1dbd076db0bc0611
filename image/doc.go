// Package image turns cuts into OCI images and reads images back.
//
// [BuildRun] makes the run image of a [Spec]: a layer for each group of slices, then one layer with the doors and the
// records. The result meets the run image part of the buildpack platform specification (labels, numeric user, PATH)
// and what rebasing needs beyond it: one history entry for each layer, and no two layers with the same diffID, because
// lifecycle and go-containerregistry find the end of the base by counting the one and comparing the other.
//
// [Places.Open] reads an image from a registry, a daemon, an OCI layout or a tar, or a plain directory, and shows it
// as one [FS] in which whiteouts are applied and every file knows its layer.
//
// Images are OCI images (image-spec 1.1): media types, layouts and whiteouts follow it. Equal cuts give equal digests,
// on any machine: times are fixed, owners are 0:0, and layers are compressed by a pinned library at a fixed level.
package image
