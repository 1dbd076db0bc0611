package resolve

import (
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/tree"
)

// role is what a package is to those that depend on it.
type role int

const (
	roleOther       role = iota // programs, data, or nothing but dependencies of its own
	RoleLibrary                 // shared libraries in the loader's directories
	RoleModules                 // modules of Python, Perl or Ruby
	roleInterpreter             // the interpreter is in a package below it, and its own programs are tools for developers
)

// offer is a package that another one depends on, and that is taken when its use is seen.
type offer struct {
	Request
	Role role
}

// interpreters are packages of which scripts want what they depend on. Perl's interpreter is in perl-base, its modules are
// in perl-modules and libperl; perl itself has corelist, cpan, h2xs, perlbug and the like.
var interpreterPackages = []string{"perl"}

// RoleOf reads the role of a package from what it holds. A package with a program is never a mere library or module: how
// programs are used by others cannot be read.
func (p *Resolver) RoleOf(pkg *plan.Package) role {
	for _, name := range interpreterPackages {
		if pkg.Name == name {
			return roleInterpreter
		}
	}
	var libraries, modules bool
	for _, e := range pkg.Entries {
		switch class := p.ClassOf(pkg, e); {
		case e.Kind == tree.Directory:
		case class == debian.ClassBins && debian.IsProgram(e.Path):
			return roleOther
		case class == debian.ClassLibs:
			libraries = true
		}
	}
	for l := range p.Provided(pkg) {
		modules = modules || l != script.None
	}
	switch {
	case modules:
		return RoleModules
	case libraries:
		return RoleLibrary
	}
	return roleOther
}

// Provided are the modules of a package, by language.
func (p *Resolver) Provided(pkg *plan.Package) map[script.Language][]string {
	if got, ok := p.modules[pkg.Name]; ok {
		return got
	}
	var paths []string
	for _, e := range pkg.Entries {
		if e.Kind != tree.Directory {
			paths = append(paths, e.Path)
		}
	}
	p.modules[pkg.Name] = script.Provided(paths)
	return p.modules[pkg.Name]
}
