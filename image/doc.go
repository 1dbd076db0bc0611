// Package image reads images.
//
// [Places.Open] reads one from a registry, a daemon, an OCI layout or a tar, or a plain directory, and shows it as one
// [layerfs.FS] in which whiteouts are applied and every file knows its layer. What an image says and shows of itself,
// the packages below tell: what is in it (inspect), whether it can be rebased (rebase), how it starts (launch). Others
// make images: run images (runimage), apps' images without the launcher (finish), and what both are written with (write).
//
// Images are OCI images (image-spec 1.1): media types, layouts and whiteouts follow it.
package image
