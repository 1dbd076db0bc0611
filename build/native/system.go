package native

import (
	"context"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// system is a build system.
type system struct {
	name  string   // as BP_C_BUILD_SYSTEM has it
	files []string // one of which it needs
	// claims returns the file by which a folder is built by it, or nothing.
	claims func(fs.FS) string
	// build compiles and installs into the layer; what it returns is what was made beside that.
	build func(*native, context.Context) (built, error)
}

// built is what a build system made, of which the image gets what the app's programs are and need.
type built struct {
	Project   string   // the project's own name, or nothing
	Programs  []string // programs that no install rule takes, absolute
	Libraries []string // folders in which its libraries are
	Tests     []string // names of programs that were left out, as only tests of a library run them
}

// systems are the build systems, the one that goes first where a project has the files of several; init sets them, for how they
// build leads back to this list.
var systems []system

func init() {
	systems = []system{
		{"cmake", []string{"CMakeLists.txt"}, file("CMakeLists.txt"), (*native).cmake},
		{"meson", []string{"meson.build"}, file("meson.build"), (*native).meson},
		{"autotools", []string{"configure.ac", "configure.in", "configure"}, configure, (*native).autotools},
		{"make", makefiles, makefile, (*native).make},
	}
}

// file claims by the first of some files.
func file(names ...string) func(fs.FS) string {
	return func(dir fs.FS) string { return language.FirstFile(dir, names...) }
}

// configure claims by what Autoconf makes a script of, or by such a script. One that somebody wrote by hand may be for sources that are elsewhere:
// it counts where C or C++ is beside it or below.
func configure(dir fs.FS) string {
	if source := language.FirstFile(dir, "configure.ac", "configure.in"); source != "" {
		return source
	}
	const script = "configure"
	text, found, err := language.ReadText(dir, script)
	if err != nil || !found || !madeByAutoconf(text) && !hasUnits(dir) {
		return ""
	}
	return script
}

// madeByAutoconf tells whether a script configure says that Autoconf has made it.
func madeByAutoconf(text string) bool {
	return strings.Contains(text[:min(len(text), 4096)], "Autoconf")
}

// otherUnits are those of files that C and C++ are made of, too: other names of C++, Objective-C, assembler, and what parsers are made from.
var otherUnits = []string{".C", ".c++", ".cppm", ".m", ".mm", ".s", ".S", ".asm", ".y", ".yy", ".l", ".ll"}

// hasUnits tells whether a folder has a file of C or C++ that is compiled by itself, at any depth. Packages of other languages have some, too.
func hasUnits(dir fs.FS) bool {
	found := false
	_ = fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return nil // what cannot be read has none
		case e.IsDir() && (base == "node_modules" || len(base) > 1 && base[0] == '.'):
			return fs.SkipDir
		case !e.IsDir() && (slices.Contains(unitEndings, path.Ext(base)) || slices.Contains(otherUnits, path.Ext(base))):
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// compiles is what a Makefile says that compiles C or C++.
var compiles = regexp.MustCompile(`\$[({](?:CC|CXX|COMPILE\.c|COMPILE\.cc|LINK\.c|LINK\.cc)[)}]|(?m)^\s*@?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)\s`)

// makefiles are the names that make looks for, in its order.
var makefiles = []string{"GNUmakefile", "makefile", "Makefile"}

// makefile claims by a Makefile that compiles C or C++ and has some below it, or that stands beside sources, which make's own rules compile: many
// projects in other languages have a Makefile, and some lead to a folder that has the sources.
func makefile(dir fs.FS) string {
	name := language.FirstFile(dir, makefiles...)
	if name == "" {
		return ""
	}
	text, err := fs.ReadFile(dir, name)
	if err != nil {
		return ""
	}
	if compiles.Match(text) && hasUnits(dir) {
		return name
	}
	for _, pattern := range []string{"*", "src/*"} {
		found, err := fs.Glob(dir, pattern)
		if err == nil && slices.ContainsFunc(found, func(f string) bool { return slices.Contains(unitEndings, path.Ext(f)) }) {
			return name
		}
	}
	return ""
}

// unitEndings are those of files that are compiled by themselves.
var unitEndings = []string{".c", ".cc", ".cpp", ".cxx"}

// chooseSystem is the build system that the user names, or else the first that claims the folder.
func chooseSystem(s language.Site) (system, error) {
	said := s.Setting("BP_C_BUILD_SYSTEM")
	for _, one := range systems {
		switch {
		case said == "" && one.claims(s.Files) != "":
			return one, nil
		case said == one.name && language.FirstFile(s.Files, one.files...) == "":
			return system{}, &language.Problem{
				What: "the app has no file of " + said + ", by which it is to be built", Evidence: []string{"BP_C_BUILD_SYSTEM=" + said, "looked for " + language.List(one.files)},
				Next: "Name another build system, or leave it out: files of the app tell it.",
			}
		case said == one.name:
			return one, nil
		}
	}
	return system{}, &language.Problem{
		What: "nothing says how the app is built", Evidence: []string{"looked for CMakeLists.txt, meson.build, configure.ac, configure, and a Makefile that compiles C or C++"},
		Next: "Add the files of one of these build systems, or name it by BP_C_BUILD_SYSTEM.",
	}
}
