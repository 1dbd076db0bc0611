// Package deb reads Debian binary packages and the texts around them: control
// files (deb822, Debian Policy chapter 5), versions (Policy 5.6.12), relations
// between packages (Policy 7.1) and the .deb format itself (deb(5), format 2.x).
//
// Packages are never trusted. Everything that is read is bounded by Limits, and
// everything that could leave the root directory a package is unpacked into is
// refused by name. Nothing is unpacked here: Walk hands out members, and where
// they land is the caller's business.
package deb
