package libraries

import (
	"maps"
	"slices"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// AddBeside takes what belongs to the libraries that the closure brought: the data and private files that stand beside a
// library in its package, because it opens them by path, and of what the package depends on everything but further
// libraries, which the closure finds by itself.
func (p *Pass) AddBeside() error {
	var queue []resolve.Request
	for _, name := range slices.Sorted(maps.Keys(p.brought)) {
		by := p.brought[name]
		delete(p.brought, name)
		if p.Whole[name] || p.beside[name] {
			continue
		}
		p.beside[name], p.Settled[name] = true, true
		if p.Want.Floor.HasPackage(name) || p.HasDefinition(name, debian.ClassLibs) {
			continue // the run image has what belongs to it, or its definition says what does
		}
		if err := p.takeBeside(p.Packages[name], by); err != nil {
			return err
		}
		more, err := p.Dependencies(resolve.Request{Name: name, Layer: contract.LayerSlices}, noLibraries)
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
	return p.Follow(queue)
}

// driverDirs are the directories of drivers for graphics hardware, below the library directory of the architecture. They
// bring compilers with them, 200 MB, and containers rarely have the hardware.
var driverDirs = []string{"dri", "gbm", "vdpau", "gallium-pipe"}

func (p *Pass) isDriver(path string) bool {
	return slices.ContainsFunc(driverDirs, func(dir string) bool { return paths.IsBelow(path, "usr/lib/"+p.Triplet+"/"+dir) })
}

// isRuled tells whether a file is one of those of which a rule takes a part: it is not taken for standing there.
func (p *Pass) isRuled(path string) bool {
	return slices.ContainsFunc(p.wholes, func(glob string) bool { return within(glob, "/"+path) })
}

// takeBeside takes the files of a library's package that are neither libraries nor programs for users.
func (p *Pass) takeBeside(pkg *plan.Package, library string) error {
	for _, e := range pkg.Entries {
		class := p.ClassOf(pkg, e)
		if e.Kind == tree.Directory && !plan.IsLeaf(pkg.Entries, e) || !slices.Contains([]debian.Class{debian.ClassBins, debian.ClassConfig, debian.ClassData}, class) || debian.IsProgram(e.Path) || p.Here(e.Path) {
			continue
		}
		if p.isRuled(e.Path) {
			continue
		}
		if p.isDriver(e.Path) {
			p.Omit("/"+e.Path, "it is a driver of graphics hardware; name package "+pkg.Name+" to have it", library)
			continue
		}
		why := manifest.Reason{Kind: manifest.Beside, By: library}
		if err := p.Take(pkg, e, p.Slice(pkg.Name, class, why), contract.LayerSlices, why); err != nil {
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
func (p *Pass) keepBeside(r resolve.Request) (bool, error) {
	pkg, err := p.Peek(r.Name)
	if err != nil || p.RoleOf(pkg) != resolve.RoleLibrary {
		return true, err
	}
	delete(p.Settled, r.Name) // nothing is decided: someone else may ask for it
	return false, nil
}

// JudgeOffers decides on offered packages that are not in the cut when nothing else is to come. Libraries are taken: a
// dependency that no ELF file shows was written by hand, for a library that is opened by name. Modules that no file
// imports are omitted.
func (p *Pass) JudgeOffers() error {
	names := slices.Sorted(maps.Keys(p.Offered))
	for _, name := range names {
		o := p.Offered[name]
		delete(p.Offered, name)
		switch {
		case o.Role == resolve.RoleModules:
			p.Omit(name, "no file of the cut imports its modules", o.Why.By)
		case !p.hasLibraryOf(name):
			if err := p.takeLibrariesOf(o.Request); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Pass) hasLibraryOf(name string) bool {
	for _, f := range p.Files {
		if f.Package == name && f.From != nil {
			return true
		}
	}
	return false
}

// takeLibrariesOf takes the libraries of a package that another one depends on, as the definitions have them if they do.
func (p *Pass) takeLibrariesOf(r resolve.Request) error {
	if p.HasDefinition(r.Name, debian.ClassLibs) {
		return p.AddDefined([]plan.Named{{Name: debian.ClassLibs.Slice(r.Name), Kind: manifest.Depends, By: r.Why.By, Layer: r.Layer}})
	}
	pkg, err := p.Open(r.Name)
	if err != nil {
		return err
	}
	for _, e := range pkg.Entries {
		if e.Kind != tree.Directory && p.ClassOf(pkg, e) == debian.ClassLibs {
			if err := p.Take(pkg, e, p.Slice(r.Name, debian.ClassLibs, r.Why), r.Layer); err != nil {
				return err
			}
		}
	}
	p.brought[r.Name] = r.Why.By
	return nil
}
