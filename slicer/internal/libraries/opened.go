package libraries

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// takeOpened plans the libraries that ELF files of packages open by name from the loader's directories: those of the file's own
// package, or of one that it depends on, whose name or path is a string in the file. NSS opens its modules so, and nothing
// else tells of them. It answers whether there was anything new.
func (p *Pass) takeOpened(of func(*plan.File) bool) (bool, error) {
	again := false
	for _, f := range p.Sorted() {
		if !of(f) || f.From == nil || f.Kind != tree.File {
			continue
		}
		names, err := p.openedBy(f)
		if err != nil {
			return false, err
		}
		for _, name := range names {
			taken, err := p.takeOpenedBy(f, name)
			if err != nil {
				return false, err
			}
			again = again || taken
		}
	}
	return again, nil
}

// maxLinkerScript bounds what is read of a text that stands in the place of a library for the linker, in bytes.
const maxLinkerScript = 4 << 10

// linkedLibrary matches a library in a linker's text: GROUP ( /lib/x86_64-linux-gnu/libm.so.6 AS_NEEDED ( … ) ).
var linkedLibrary = regexp.MustCompile(`[\w.+/-]*lib[\w.+-]*\.so[.0-9]*`)

// openedBy are the libraries that a file opens by name: by its strings, or for the linker, which finds a text in the place of a
// library and fails where it lacks one of those that this names.
func (p *Pass) openedBy(f *plan.File) ([]string, error) {
	o, err := p.Object(f)
	switch {
	case err != nil || o != nil && !o.RunsOn(p.Want.Arch):
		return nil, err
	case o != nil:
		return o.Opens, nil
	case !strings.HasSuffix(f.Path, ".so") || f.Size > maxLinkerScript || !debian.IsLibraryName(path.Base(f.Path)):
		return nil, nil
	}
	text, err := f.Read(maxLinkerScript)
	if err != nil || !bytes.Contains(text, []byte("GROUP")) && !bytes.Contains(text, []byte("INPUT")) {
		return nil, err
	}
	return linkedLibrary.FindAllString(string(text), -1), nil
}

// takeOpenedBy takes one library that a file opens, unless it is there.
func (p *Pass) takeOpenedBy(f *plan.File, name string) (bool, error) {
	if p.isThere(name) || p.Want.Floor.Layered() && debian.IsLibc(path.Base(name)) {
		return false, nil
	}
	if debian.IsLibc(path.Base(name)) { // everybody depends on it, by way of another package too
		return p.takeLibc(p.At(f.Layer, f.Path), name)
	}
	names, err := p.mayHave(f.Package, name)
	if err != nil {
		return false, err
	}
	for _, from := range names {
		pkg, err := p.Peek(from)
		if err != nil {
			return false, err
		}
		for _, at := range p.placesOf(name) {
			if e, ok := pkg.Entry(at); ok && e.Kind != tree.Directory {
				return p.takeChain(p.At(f.Layer, f.Path), pkg, e, name)
			}
		}
	}
	return false, nil
}

// placesOf are the paths at which the loader finds a library by its name, or the path that the name is.
func (p *Pass) placesOf(name string) []string {
	if path.IsAbs(name) {
		return []string{debian.InRoot(name)}
	}
	var all []string
	for _, dir := range debian.LibraryDirs(p.Triplet) {
		all = append(all, dir+"/"+name)
	}
	return all
}

// isThere tells whether the loader will find a library already.
func (p *Pass) isThere(name string) bool {
	return slices.ContainsFunc(p.placesOf(name), func(at string) bool {
		return p.Here(at) || p.OmittedPaths[at]
	})
}

// mayHave lists the packages in which a library that a package's file opens is looked for: the package itself, and those of its
// dependencies that are part of the cut, or whose name is that of the library's package.
func (p *Pass) mayHave(name, library string) ([]string, error) {
	pkg := p.Packages[name]
	if pkg == nil {
		return nil, nil
	}
	deps, err := deb.ParseDependencies(pkg.Depends)
	if err != nil {
		return nil, fmt.Errorf("cannot read what package %s depends on: %w", name, err)
	}
	all, likely := []string{name}, debian.PackagesOfSoname(path.Base(library))
	for _, dep := range deps {
		for _, rel := range dep {
			if p.Packages[rel.Name] == nil && !slices.Contains(likely, rel.Name) {
				continue
			}
			if _, _, err := p.Lookup(rel.Name); err == nil && !p.Want.Floor.HasPackage(rel.Name) {
				all = append(all, rel.Name)
			}
		}
	}
	return all, nil
}

// takeOpenedByApp takes the libraries of glibc that ELF files of the app open by name: since glibc 2.34 libdl, libpthread, librt and
// libutil have nothing in them that libc has not, no program of Debian needs them, and what was built elsewhere still asks for them.
// A run image has them all, so that only a root of its own is looked at.
func (p *Pass) takeOpenedByApp(app []plan.Object) (bool, error) {
	if p.Want.Floor.Layered() {
		return false, nil
	}
	again := false
	for _, o := range app {
		lib, err := p.appObject(o)
		if err != nil {
			return false, err
		}
		if lib == nil {
			continue
		}
		for _, name := range lib.Object.Opens {
			taken, err := p.takeLibc(o.Path, name)
			if err != nil {
				return false, err
			}
			again = again || taken
		}
	}
	return again, nil
}

// takeLibc takes a library of glibc that a file opens, unless it is there.
func (p *Pass) takeLibc(from, name string) (bool, error) {
	if !debian.IsLibc(path.Base(name)) || p.isThere(name) {
		return false, nil
	}
	for _, of := range debian.PackagesOfSoname(path.Base(name)) {
		if _, _, err := p.Lookup(of); err != nil {
			continue // no source has it: what the file opens is then a hint to nobody
		}
		pkg, err := p.Peek(of)
		if err != nil {
			return false, err
		}
		for _, at := range p.placesOf(name) {
			if e, ok := pkg.Entry(at); ok && e.Kind != tree.Directory {
				return p.takeChain(from, pkg, e, name)
			}
		}
	}
	return false, nil
}

// takeChain takes a library with the links that lead to it, and notes who opens it.
func (p *Pass) takeChain(from string, pkg *plan.Package, e packages.Entry, name string) (bool, error) {
	why := manifest.Reason{Kind: manifest.DlopenLiteral, By: from, Name: name}
	slice := p.Slice(pkg.Name, debian.ClassLibs, manifest.Reason{Kind: manifest.Needed, Name: path.Base(name)})
	for hops := 0; hops < 8; hops++ {
		if err := p.Take(pkg, e, slice, p.layer, why); err != nil {
			return false, err
		}
		if e.Kind != tree.Symlink {
			at := p.At(p.Layer(e.Path, p.layer), e.Path)
			p.brought[pkg.Name] = at
			p.Edge(manifest.Edge{From: from, Name: name, To: at, Kind: manifest.DlopenLiteral})
			return true, nil
		}
		var ok bool
		if e, ok = pkg.Entry(debian.LinkTarget(e.Path, e.Link)); !ok {
			break
		}
	}
	return true, nil
}
