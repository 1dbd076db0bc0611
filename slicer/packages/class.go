package packages

import (
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/tree"
)

// Class tells the class of an entry of the package, on an architecture with that triplet.
func (p *Package) Class(e Entry, triplet string) debian.Class {
	dir, base := path.Split(e.Path)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case e.Path == "usr/share/doc/"+p.Name+"/copyright":
		return debian.ClassCopyright
	case paths.IsBelow(e.Path, "usr/lib/"+triplet+"/cmake", "usr/lib/"+triplet+"/pkgconfig"), debian.IsStaticLibrary(e.Path, triplet):
		return debian.ClassDev
	}
	if class := debian.OmittedClass(e.Path); class != "" {
		return class
	}
	switch {
	case slices.Contains(debian.LibraryDirs(triplet), dir) && debian.IsLibraryName(base):
		if strings.HasSuffix(p.Section, "libdevel") && strings.HasSuffix(base, ".so") {
			return debian.ClassDev // libx.so, for the linker: a link, or a text for it
		}
		return debian.ClassLibs
	case slices.Contains(debian.PackageProgramDirs, dir):
		return debian.ClassBins
	case e.Kind == tree.File && e.Mode&0o111 != 0 && paths.IsBelow(e.Path, "usr/lib", "usr/libexec") && !debian.IsLibraryName(base):
		return debian.ClassBins
	case paths.IsBelow(e.Path, "etc"):
		return debian.ClassConfig
	default:
		return debian.ClassData
	}
}
