package slicer

import (
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/script"
)

// role is what a package is to those that depend on it.
type role int

const (
	roleOther       role = iota // programs, data, or nothing but dependencies of its own
	roleLibrary                 // shared libraries in the loader's directories
	roleModules                 // modules of Python, Perl or Ruby
	roleInterpreter             // the interpreter is in a package below it, and its own programs are tools for developers
)

// offer is a package that another one depends on, and that is taken when its use is seen.
type offer struct {
	request
	role role
}

// interpreters are packages of which scripts want what they depend on. Perl's interpreter is in perl-base, its modules are
// in perl-modules and libperl; perl itself has corelist, cpan, h2xs, perlbug and the like.
var interpreterPackages = []string{"perl"}

// roleOf reads the role of a package from what it holds. A package with a program is never a mere library or module: how
// programs are used by others cannot be read.
func (p *resolver) roleOf(pkg *picked) role {
	for _, name := range interpreterPackages {
		if pkg.Name == name {
			return roleInterpreter
		}
	}
	var libraries, modules bool
	for _, e := range pkg.Entries {
		switch class := p.classOf(pkg, e); {
		case e.Kind == Directory:
		case class == ClassBins && debian.IsProgram(e.Path):
			return roleOther
		case class == ClassLibs:
			libraries = true
		}
	}
	for l := range p.provided(pkg) {
		modules = modules || l != script.None
	}
	switch {
	case modules:
		return roleModules
	case libraries:
		return roleLibrary
	}
	return roleOther
}
