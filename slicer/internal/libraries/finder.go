package libraries

import (
	"debug/elf"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// candidate is where a library would come from: the entries from the name it is asked for by to the file itself.
type candidate struct {
	pkg    *plan.Package
	soname string
	chain  []packages.Entry
}

// finder finds libraries by name in packages: those of the plan first, then those that the plan's packages depend on. What
// an app needs is looked for in all that the sources know.
type finder struct{ *Pass }

// Library implements closure.Finder. A file of a package gets its libraries from what its package depends on: a plugin
// that needs more is an extra, and whoever packaged it did not want to bring that to everyone. See omitModules and lookAnywhere.
//
// A library in a directory of its own is for those who look there, and for its own package: a browser that brings the system's
// libraries along does not bring them for others. For others it counts where what their package depends on has none.
func (f finder) Library(origin, soname string, m elf.Machine, _ elf.Class, searched func(dir string) bool) ([]closure.Library, error) {
	if m != debian.Machine(f.Want.Arch) || (f.Want.Floor.Layered() && debian.IsLibc(soname)) {
		return nil, nil
	}
	var libs []closure.Library
	for _, name := range f.Names() {
		more, err := f.inPackage(f.Packages[name], soname)
		if err != nil {
			return nil, err
		}
		libs = append(libs, more...)
	}
	isFor := func(lib closure.Library) bool {
		return lib.Origin == origin || f.isPublic(lib) || searched(path.Dir(lib.Path))
	}
	if len(libs) > 0 && f.Packages[origin] != nil && !slices.ContainsFunc(libs, isFor) {
		own, err := f.amongOwn(origin, soname)
		if err != nil || !slices.ContainsFunc(own, isFor) {
			return libs, err
		}
		return append(own, libs...), nil
	}
	if len(libs) > 0 {
		return libs, nil
	}
	if f.Packages[origin] != nil && !f.everywhere[soname] {
		return f.amongDependencies(origin, soname)
	}
	return f.anywhere(soname)
}

// isPublic tells whether a library stands in a directory of the loader.
func (f finder) isPublic(lib closure.Library) bool {
	return slices.ContainsFunc(debian.LibraryDirs(f.Triplet), func(dir string) bool { return strings.HasSuffix(path.Dir(lib.Path), "/"+dir) })
}

// anywhere finds the library in the packages that the sources name as its owners. The last source is the widest and the
// slowest to name owners, so packages are looked into first that are likely to have it: by the rule for names, by a
// definition, among the dependencies of what is planned, and among what it recommends.
func (f finder) anywhere(soname string) ([]closure.Library, error) {
	for i, s := range f.Want.Sources {
		if i == len(f.Want.Sources)-1 {
			if libs, err := f.inFirst(append(debian.PackagesOfSoname(soname), f.defining(soname)...), soname); err != nil || len(libs) > 0 {
				return libs, err
			}
			if libs, err := f.amongDependencies("", soname); err != nil || len(libs) > 0 {
				return libs, err
			}
			names, err := f.recommended()
			if err != nil {
				return nil, err
			}
			if libs, err := f.inFirst(names, soname); err != nil || len(libs) > 0 {
				return libs, err
			}
		}
		owners, err := s.Owners(f.Ctx, soname)
		if err != nil {
			return nil, err
		}
		var libs []closure.Library
		for _, o := range owners {
			more, err := f.inNew(o.Package, soname)
			if err != nil {
				return nil, err
			}
			libs = append(libs, more...)
		}
		if len(libs) > 0 {
			return libs, nil
		}
	}
	return nil, nil
}

// inPackage finds the library in one package: in the loader's directories first, then in private ones.
func (f finder) inPackage(pkg *plan.Package, soname string) ([]closure.Library, error) {
	var public, private []closure.Library
	for _, e := range pkg.Library(soname) {
		lib, err := f.candidate(pkg, soname, e)
		switch {
		case err != nil:
			return nil, err
		case lib == nil:
		case slices.Contains(debian.LibraryDirs(f.Triplet), path.Dir(e.Path)):
			public = append(public, *lib)
		default:
			private = append(private, *lib)
		}
	}
	return append(public, private...), nil
}

// candidate follows an entry's links inside its package to the file, and reads it.
func (f finder) candidate(pkg *plan.Package, soname string, e packages.Entry) (*closure.Library, error) {
	chain := []packages.Entry{e}
	for e.Kind == tree.Symlink && len(chain) < 8 {
		var ok bool
		if e, ok = pkg.Entry(debian.LinkTarget(e.Path, e.Link)); !ok {
			return nil, nil
		}
		chain = append(chain, e)
	}
	file := &plan.File{File: manifest.File{Path: e.Path, Kind: e.Kind, Size: e.Size, SHA256: e.SHA256, Package: pkg.Name}, From: pkg.Contents, At: e}
	o, err := f.Object(file)
	if err != nil || o == nil {
		return nil, err
	}
	at := f.At(f.Layer(e.Path, f.layer), e.Path)
	if planned := f.ByPath[e.Path]; planned != nil && planned.Package == pkg.Name {
		at = f.At(planned.Layer, e.Path) // where it lands already: the loader's cache leads there
	}
	ways := slices.DeleteFunc(slices.Clone(f.found[at]), func(c candidate) bool { return c.soname == soname })
	f.found[at] = append(ways, candidate{pkg: pkg, soname: soname, chain: chain})
	return &closure.Library{Path: at, Object: o, Origin: pkg.Name}, nil
}
