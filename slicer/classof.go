package slicer

import (
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
)

// Class tells the class of an entry of the package, on an architecture with that triplet.
func (p *Package) Class(e Entry, triplet string) Class {
	dir, base := path.Split(e.Path)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case e.Path == "usr/share/doc/"+p.Name+"/copyright":
		return ClassCopyright
	case paths.IsBelow(e.Path, "usr/lib/"+triplet+"/cmake", "usr/lib/"+triplet+"/pkgconfig"), debian.IsStaticLibrary(base):
		return classDev
	}
	if class := droppedClass(e.Path); class != "" {
		return class
	}
	switch {
	case slices.Contains(debian.LibraryDirs(triplet), dir) && debian.IsLibraryName(base):
		if p.Section == "libdevel" && e.Kind == Symlink {
			return classDev // libx.so, for the linker
		}
		return ClassLibs
	case slices.Contains(debian.PackageProgramDirs, dir):
		return ClassBins
	case e.Kind == File && e.Mode&0o111 != 0 && paths.IsBelow(e.Path, "usr/lib", "usr/libexec") && !debian.IsLibraryName(base):
		return ClassBins
	case paths.IsBelow(e.Path, "etc"):
		return ClassConfig
	default:
		return ClassData
	}
}
