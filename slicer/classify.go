package slicer

import (
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
)

// The derived slices of any package, that need no definition. Every file of a package is in exactly one class.
const (
	ClassBins      = "bins"      // programs: on the PATH, and private ones below usr/lib and usr/libexec
	ClassLibs      = "libs"      // shared libraries in the loader's directories
	ClassConfig    = "config"    // etc
	ClassData      = "data"      // everything else that a program may read
	ClassCopyright = "copyright" // the copyright file
	ClassAll       = "all"       // all of the above

	classDoc     = "documentation"
	classMan     = "manual pages"
	classLocale  = "translations"
	classDev     = "headers and static libraries"
	classService = "services and desktop files"
)

// DerivedClasses are the slices that every package has without a definition.
var derivedClasses = []string{ClassAll, ClassBins, ClassConfig, ClassCopyright, ClassData, ClassLibs}

// dropped are directories whose files no program needs at run time, and the class they are reported as.
var dropped = []struct{ dir, class string }{
	{"usr/share/doc", classDoc},
	{"usr/share/doc-base", classDoc},
	{"usr/share/info", classDoc},
	{"usr/share/gtk-doc", classDoc},
	{"usr/share/help", classDoc},
	{"usr/share/lintian", classDoc},
	{"usr/share/bug", classDoc},
	{"usr/share/man", classMan},
	{"usr/share/locale", classLocale},
	{"usr/include", classDev},
	{"usr/share/aclocal", classDev},
	{"usr/share/pkgconfig", classDev},
	{"usr/share/cmake", classDev},
	{"usr/lib/cmake", classDev},
	{"usr/lib/pkgconfig", classDev},
	{"usr/share/gir-1.0", classDev},
	{"usr/lib/systemd", classService},
	{"etc/init.d", classService},
	{"etc/init", classService},
	{"etc/cron.d", classService},
	{"etc/cron.daily", classService},
	{"etc/cron.weekly", classService},
	{"etc/cron.monthly", classService},
	{"etc/logrotate.d", classService},
	{"etc/default", classService},
	{"usr/share/applications", classService},
	{"usr/share/metainfo", classService},
	{"usr/share/menu", classService},
	{"usr/share/bash-completion", classService},
	{"etc/bash_completion.d", classService},
	{"usr/share/zsh", classService},
	{"usr/share/fish", classService},
	{"usr/share/icons/hicolor", classService},
	{"usr/share/pixmaps", classService},
	{"usr/share/apport", classService},
	{"usr/share/reportbug", classService},
	{"etc/apparmor.d", classService},
	{"etc/xdg/autostart", classService},
}

// classify tells the class of an entry of the named package.
func classify(pkg *Package, e Entry, triplet string) string {
	dir, base := path.Split(e.Path)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case e.Path == "usr/share/doc/"+pkg.Name+"/copyright":
		return ClassCopyright
	case paths.IsBelow(e.Path, "usr/lib/"+triplet+"/cmake", "usr/lib/"+triplet+"/pkgconfig"), debian.IsStaticLibrary(base):
		return classDev
	}
	for _, d := range dropped {
		if paths.IsBelow(e.Path, d.dir) {
			return d.class
		}
	}
	switch {
	case slices.Contains(debian.LibraryDirs(triplet), dir) && debian.IsLibraryName(base):
		if pkg.Section == "libdevel" && e.Kind == Symlink {
			return classDev // libx.so, for the linker
		}
		return ClassLibs
	case slices.Contains([]string{"usr/bin", "usr/sbin", "usr/games"}, dir):
		return ClassBins
	case e.Kind == File && e.Mode&0o111 != 0 && paths.IsBelow(e.Path, "usr/lib", "usr/libexec") && !debian.IsLibraryName(base):
		return ClassBins
	case paths.IsBelow(e.Path, "etc"):
		return ClassConfig
	default:
		return ClassData
	}
}

// classOf is the class of an entry of a package. A link among private programs is what it leads to: git's program for https
// is a link to that for http.
func (p *plan) classOf(pkg *picked, e Entry) string {
	class := classify(pkg.Package, e, p.triplet)
	if e.Kind == Symlink && class == ClassData && paths.IsBelow(e.Path, "usr/lib", "usr/libexec") {
		if to, ok := pkg.Entry(debian.LinkTarget(e.Path, e.Link)); ok && to.Kind == File {
			return classify(pkg.Package, to, p.triplet)
		}
	}
	return class
}

// wanted tells whether a class belongs to a derived slice.
func wanted(slice, class string) bool {
	if slice == ClassAll {
		return slices.Contains(derivedClasses, class)
	}
	return slice == class
}
