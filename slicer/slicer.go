// Package slicer cuts exactly the needed files out of Debian packages.
//
// The flow is one direction: a [Want] says what a tree must contain; [Select] turns it into a [Selection], the
// ordered and conflict-free list of files with the reason for each, which is its manifest too; [Cut] writes the selection
// into a tree for each layer. Nothing is decided in Cut: equal selections give equal bytes. What a selection takes from, and
// what is made of one, are packages of their own below this one: packages and release, tree and manifest, lock, sbom, verify
// and rootfs.
//
// Words: an archive is a signed collection of packages (Debian's "repository"); a package is one .deb; a slice is a
// named part of a package; the closure is the set of libraries that ELF files need; the floor is what the run image
// of a contract will always have; a door is a symbolic link in the run image that leads into a layer; an
// omission is something that a cut knew of and did not take; undone is what a maintainer script would do and a cut does
// not. A file of the cut is unseen where no door shows it at its own path: it is there, below its layer's directory.
package slicer
