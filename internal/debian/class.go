package debian

import (
	"slices"

	"whittle.dev/whittle/internal/paths"
)

// Class is what kind of file something in a package is. Those that a slice can be cut of are slices of every package that
// needs no definition.
type Class string

// The classes. Every file of a package is in exactly one, ClassAll aside.
const (
	ClassBins      Class = "bins"      // programs: on the PATH, and private ones below usr/lib and usr/libexec
	ClassLibs      Class = "libs"      // shared libraries in the loader's directories
	ClassConfig    Class = "config"    // etc
	ClassData      Class = "data"      // everything else that a program may read
	ClassCopyright Class = "copyright" // the copyright file
	ClassAll       Class = "all"       // all of the above

	classDoc     Class = "documentation"
	classMan     Class = "manual pages"
	classLocale  Class = "translations"
	ClassDev     Class = "headers and static libraries"
	classService Class = "services and desktop files"
)

// DerivedClasses are the slices that every package has without a definition, sorted.
var DerivedClasses = []Class{ClassAll, ClassBins, ClassConfig, ClassCopyright, ClassData, ClassLibs}

// omitted are directories whose files no program needs at run time, and the class they are reported as.
var omitted = []struct {
	dir   string
	class Class
}{
	{"usr/share/doc", classDoc},
	{"usr/share/doc-base", classDoc},
	{"usr/share/info", classDoc},
	{"usr/share/gtk-doc", classDoc},
	{"usr/share/help", classDoc},
	{"usr/share/lintian", classDoc},
	{"usr/share/bug", classDoc},
	{"usr/share/man", classMan},
	{"usr/share/locale", classLocale},
	{"usr/include", ClassDev},
	{"usr/share/aclocal", ClassDev},
	{"usr/share/pkgconfig", ClassDev},
	{"usr/share/cmake", ClassDev},
	{"usr/lib/cmake", ClassDev},
	{"usr/lib/pkgconfig", ClassDev},
	{"usr/share/gir-1.0", ClassDev},
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

// IsDerived tells whether every package has a slice of the class without a definition.
func (c Class) IsDerived() bool { return slices.Contains(DerivedClasses, c) }

// Slice names the slice of a class of a package: "git_bins".
func (c Class) Slice(pkg string) string { return pkg + "_" + string(c) }

// Has tells whether files of a class belong to the derived slice c.
func (c Class) Has(class Class) bool {
	if c == ClassAll {
		return class.IsDerived()
	}
	return c == class
}

// OmittedClass is the class of a file that no program reads at run time, by the directory that it lies in: such classes
// are omitted from cuts. The path is clean, relative and on the merged /usr; empty for other paths.
func OmittedClass(at string) Class {
	for _, d := range omitted {
		if paths.IsBelow(at, d.dir) {
			return d.class
		}
	}
	return ""
}
