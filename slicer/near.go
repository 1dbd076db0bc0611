package slicer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/internal/closure"
	"whittle.dev/whittle/slicer/internal/deb"
)

// near looks for a library in the packages that Debian's rule for sonames names (Policy 8.1), then in those that the
// plan's packages depend on or recommend: whoever builds a package has the packages of its libraries written there. Most
// libraries are found so, and the archive's Contents index, tens of megabytes, is not needed.
func (f finder) near(soname string) ([]closure.Library, error) {
	names, err := f.dependencies()
	if err != nil {
		return nil, err
	}
	for _, name := range append(packagesOfSoname(soname), names...) {
		if _, taken := f.packages[name]; taken {
			continue // was looked into before
		}
		libs, err := f.inNew(name, soname)
		if errors.Is(err, ErrNoPackage) {
			continue
		}
		if err != nil || len(libs) > 0 {
			return libs, err
		}
	}
	return nil, nil
}

// inNew looks into a package that may not be in the plan; it stays there only if it has the library.
func (f finder) inNew(name, soname string) ([]closure.Library, error) {
	pkg := f.packages[name]
	if pkg == nil {
		pkg = f.looked[name]
	}
	if pkg == nil {
		var err error
		if pkg, err = f.open(name); err != nil {
			return nil, err
		}
		delete(f.packages, name)
		f.looked[name] = pkg
	}
	libs, err := f.inPackage(pkg, soname)
	if err == nil && len(libs) > 0 {
		f.packages[name] = pkg
	}
	return libs, err
}

// dependencies lists the packages of libraries that the plan's packages depend on or recommend, sorted.
func (f finder) dependencies() ([]string, error) {
	all := map[string]bool{}
	for name, pkg := range f.packages {
		if _, known := f.depends[name]; !known {
			libs, err := f.librariesOf(pkg.Package)
			if err != nil {
				return nil, err
			}
			f.depends[name] = libs
		}
		for _, dep := range f.depends[name] {
			all[dep] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), nil
}

// librariesOf lists the packages of libraries in a package's Depends and Recommends; of alternatives the first that
// exists.
func (f finder) librariesOf(pkg *Package) ([]string, error) {
	deps, err := deb.ParseDependencies(joinDepends(pkg.Depends, pkg.Recommends))
	if err != nil {
		return nil, fmt.Errorf("cannot read what package %s depends on: %w", pkg.Name, err)
	}
	var names []string
	for _, dep := range deps {
		for _, rel := range dep {
			found, _, err := f.lookup(rel.Name)
			if errors.Is(err, ErrNoPackage) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(found.Name, "lib") || strings.HasSuffix(found.Section, "libs") {
				names = append(names, found.Name)
			}
			break
		}
	}
	return names, nil
}
