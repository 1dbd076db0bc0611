package debian

import (
	"cmp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/paths"
)

// Class is what kind of file something in a package is. Each is a slice of every package, without a definition.
type Class string

// The classes. Every file of a package is in exactly one, ClassAll aside.
const (
	ClassBins      Class = "bins"      // programs: on the PATH, and private ones below usr/lib and usr/libexec
	ClassLibs      Class = "libs"      // shared libraries in the loader's directories
	ClassConfig    Class = "config"    // etc
	ClassData      Class = "data"      // everything else that a program may read
	ClassCopyright Class = "copyright" // the copyright file
	ClassAll       Class = "all"       // all of the above

	// What no program of another package needs at run time, as a rule. A cut has it of packages that are made of it.
	ClassDoc          Class = "doc"          // documentation
	ClassMan          Class = "man"          // manual pages
	ClassTranslations Class = "translations" // catalogs of messages
	ClassDev          Class = "dev"          // headers, static libraries, what compilers and linkers read
	ClassServices     Class = "services"     // units, init scripts, completions, menus, icons of menus
)

// DerivedClasses are the slices that every package has without a definition, sorted.
var DerivedClasses = []Class{
	ClassAll, ClassBins, ClassConfig, ClassCopyright, ClassData, ClassDev, ClassDoc, ClassLibs, ClassMan, ClassServices, ClassTranslations,
}

// titles are what the classes that cuts omit are called in texts.
var titles = map[Class]string{
	ClassDoc: "documentation", ClassMan: "manual pages", ClassTranslations: "translations",
	ClassDev: "headers and static libraries", ClassServices: "services and desktop files",
}

// Title is what the class is called in texts.
func (c Class) Title() string { return cmp.Or(titles[c], string(c)) }

// Titled is the class of a title.
func Titled(title string) Class {
	for c, t := range titles {
		if t == title {
			return c
		}
	}
	return Class(title)
}

// omitted are directories whose files no program needs at run time, and their class.
var omitted = []struct {
	dir   string
	class Class
}{
	{"usr/share/doc", ClassDoc},
	{"usr/share/doc-base", ClassDoc},
	{"usr/share/info", ClassDoc},
	{"usr/share/gtk-doc", ClassDoc},
	{"usr/share/help", ClassDoc},
	{"usr/share/lintian", ClassDoc},
	{"usr/share/bug", ClassDoc},
	{"usr/share/man", ClassMan},
	{"usr/share/locale", ClassTranslations},
	{"usr/include", ClassDev},
	{"usr/share/aclocal", ClassDev},
	{"usr/share/pkgconfig", ClassDev},
	{"usr/share/cmake", ClassDev},
	{"usr/lib/cmake", ClassDev},
	{"usr/lib/pkgconfig", ClassDev},
	{"usr/share/gir-1.0", ClassDev},
	{"etc/init.d", ClassServices},
	{"etc/init", ClassServices},
	{"etc/cron.d", ClassServices},
	{"etc/cron.daily", ClassServices},
	{"etc/cron.weekly", ClassServices},
	{"etc/cron.monthly", ClassServices},
	{"etc/logrotate.d", ClassServices},
	{"etc/default", ClassServices},
	{"usr/share/applications", ClassServices},
	{"usr/share/metainfo", ClassServices},
	{"usr/share/menu", ClassServices},
	{"usr/share/bash-completion/completions", ClassServices},
	{"etc/bash_completion.d", ClassServices},
	{"usr/share/zsh/vendor-completions", ClassServices},
	{"usr/share/zsh/site-functions", ClassServices},
	{"usr/share/fish/vendor_completions.d", ClassServices},
	{"usr/share/apport", ClassServices},
	{"usr/share/reportbug", ClassServices},
	{"etc/apparmor.d", ClassServices},
	{"etc/xdg/autostart", ClassServices},
}

// IsDerived tells whether every package has a slice of the class without a definition.
func (c Class) IsDerived() bool { return slices.Contains(DerivedClasses, c) }

// Slice names the slice of a class of a package: "git_bins".
func (c Class) Slice(pkg string) string { return pkg + "_" + string(c) }

// Has tells whether files of a class belong to the derived slice c.
func (c Class) Has(class Class) bool {
	if c == ClassAll {
		return titles[class] == "" && class.IsDerived()
	}
	return c == class
}

// OmittedClass is the class of a file that no program reads at run time, by the directory that it lies in: cuts omit it of packages
// that are made of something else. The path is clean, relative and on the merged /usr; empty for other paths.
func OmittedClass(at string) Class {
	for _, d := range omitted {
		if paths.IsBelow(at, d.dir) {
			return d.class
		}
	}
	return omittedByParts(strings.Split(at, "/"))
}

// omittedByParts is OmittedClass for directories that one name does not tell: the units and drop-ins of systemd, beside which its
// programs stand; the icons of programs and types of files in menus, beside which programs have pictures of their own.
func omittedByParts(at []string) Class {
	dir := strings.Join(at[:min(len(at), 3)], "/")
	switch {
	case dir == "usr/lib/systemd" && len(at) > 4,
		dir == "usr/share/pixmaps" && len(at) == 4,
		dir == "usr/share/icons" && len(at) > 6 && at[3] == "hicolor" && (at[5] == "apps" || at[5] == "mimetypes"):
		return ClassServices
	}
	return ""
}
