package debian

import (
	"path"
	"slices"

	"whittle.dev/whittle/internal/paths"
)

// ProgramDirs are the directories of programs that users find by name, in the order of Debian's PATH, as paths below the
// root; those of games are at the end. /bin and /sbin are links into /usr where it is merged.
var ProgramDirs = []string{"usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin", "usr/games"}

// PackageProgramDirs are those of ProgramDirs in which packages have their programs on a merged /usr.
var PackageProgramDirs = []string{"usr/bin", "usr/sbin", "usr/games"}

// IsProgram tells whether a path of a package is that of a program on the PATH of users, or below one's directory.
func IsProgram(at string) bool { return paths.IsBelow(at, PackageProgramDirs...) }

// OnPath tells whether a path, relative to the root, is directly in a directory of the PATH.
func OnPath(at string) bool { return slices.Contains(ProgramDirs, path.Dir(at)) }

// Whole is the package that a user means by the program of a package: of Python's interpreter the one with its standard library, of which
// python3-minimal has too little to serve a page. Perl's base has what scripts commonly use.
func Whole(name string) string {
	if name == "python3-minimal" {
		return "python3"
	}
	return name
}
