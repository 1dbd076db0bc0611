package slicer

import (
	"maps"
	"slices"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
)

// addBeside takes what belongs to the libraries that the closure brought: the data and private files that stand beside a
// library in its package, because it opens them by path, and of what the package depends on everything but further
// libraries, which the closure finds by itself.
func (p *libraryPass) addBeside() error {
	var queue []request
	for _, name := range slices.Sorted(maps.Keys(p.brought)) {
		by := p.brought[name]
		delete(p.brought, name)
		if p.whole[name] || p.beside[name] {
			continue
		}
		p.beside[name], p.settled[name] = true, true
		if p.want.Floor.HasPackage(name) || p.hasDefinition(name, ClassLibs) {
			continue // the run image has what belongs to it, or its definition says what does
		}
		if err := p.takeBeside(p.packages[name], by); err != nil {
			return err
		}
		more, err := p.dependencies(request{name: name, layer: LayerSlices}, noLibraries)
		if err != nil {
			return err
		}
		for _, r := range more {
			keep, err := p.keepBeside(r)
			if err != nil {
				return err
			}
			if keep {
				queue = append(queue, r)
			}
		}
	}
	return p.follow(queue)
}

// driverDirs are the directories of drivers for graphics hardware, below the library directory of the architecture. They
// bring compilers with them, 200 MB, and containers rarely have the hardware.
var driverDirs = []string{"dri", "gbm", "vdpau", "gallium-pipe"}

func (p *libraryPass) isDriver(path string) bool {
	return slices.ContainsFunc(driverDirs, func(dir string) bool { return paths.IsBelow(path, "usr/lib/"+p.triplet+"/"+dir) })
}

// takeBeside takes the files of a library's package that are neither libraries nor programs for users.
func (p *libraryPass) takeBeside(pkg *picked, library string) error {
	for _, e := range pkg.Entries {
		class := p.classOf(pkg, e)
		if e.Kind == Directory && !isLeaf(pkg.Entries, e) || !slices.Contains([]Class{ClassBins, ClassConfig, ClassData}, class) || debian.IsProgram(e.Path) || p.here(e.Path) {
			continue
		}
		if p.isDriver(e.Path) {
			p.omit("/"+e.Path, "it is a driver of graphics hardware; name package "+pkg.Name+" to have it", library)
			continue
		}
		why := Reason{Kind: Beside, By: library}
		if err := p.take(pkg, e, p.slice(pkg.Name, class, why), LayerSlices, why); err != nil {
			return err
		}
	}
	return nil
}

// noLibraries passes over dependencies on libraries alone, by their names: nothing is fetched to find out.
func noLibraries(dep deb.Dependency) bool {
	return slices.ContainsFunc(dep, func(r deb.Relation) bool { return !debian.LooksLikeLibrary(r.Name) })
}

// keepBeside tells whether a dependency of a library's package is followed. One that is not has only been looked into: what it
// depends on is none of the cut's business, or drivers of graphics hardware would bring a compiler of 130 MB to look into.
func (p *libraryPass) keepBeside(r request) (bool, error) {
	pkg, err := p.peek(r.name)
	if err != nil || p.roleOf(pkg) != roleLibrary {
		return true, err
	}
	delete(p.settled, r.name) // nothing is decided: someone else may ask for it
	return false, nil
}

// judgeOffers decides on offered packages that are not in the cut when nothing else is to come. Libraries are taken: a
// dependency that no ELF file shows was written by hand, for a library that is opened by name. Modules that no file
// imports are left out.
func (p *libraryPass) judgeOffers() error {
	names := slices.Sorted(maps.Keys(p.offered))
	for _, name := range names {
		o := p.offered[name]
		delete(p.offered, name)
		switch {
		case o.role == roleModules:
			p.omit(name, "no file of the cut imports its modules", o.why.By)
		case !p.hasLibraryOf(name):
			if err := p.takeLibrariesOf(o.request); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *libraryPass) hasLibraryOf(name string) bool {
	for _, f := range p.files {
		if f.Package == name && f.from != nil {
			return true
		}
	}
	return false
}

// takeLibrariesOf takes the libraries of a package that another one depends on, as the definitions have them if they do.
func (p *libraryPass) takeLibrariesOf(r request) error {
	if p.hasDefinition(r.name, ClassLibs) {
		return p.addDefined([]Named{{Name: ClassLibs.Slice(r.name), Kind: Depends, By: r.why.By, Layer: r.layer}})
	}
	pkg, err := p.open(r.name)
	if err != nil {
		return err
	}
	for _, e := range pkg.Entries {
		if e.Kind != Directory && p.classOf(pkg, e) == ClassLibs {
			if err := p.take(pkg, e, p.slice(r.name, ClassLibs, r.why), r.layer); err != nil {
				return err
			}
		}
	}
	p.brought[r.name] = r.why.By
	return nil
}
