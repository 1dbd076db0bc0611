package libraries

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/packages"
)

// amongDependencies looks for a library in the packages that the plan's packages depend on: whoever builds a package has the packages
// of its libraries written into Depends. Most libraries are found so, and the archive's Contents index, tens of megabytes,
// is not needed. For a file of a package everything that its package depends on counts, by whatever name.
func (f finder) amongDependencies(origin, soname string) ([]closure.Library, error) {
	names, err := f.dependencies()
	if err != nil {
		return nil, err
	}
	if origin != "" {
		own, err := f.librariesOf(f.Packages[origin].Depends, func(*packages.Package) bool { return true })
		if err != nil {
			return nil, err
		}
		names = append(names, own...)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(likeness(b, soname), likeness(a, soname)) })
	return f.inFirst(names, soname)
}

// inFirst looks into packages in turn until one has the library. Those of the plan were looked into before.
func (f finder) inFirst(names []string, soname string) ([]closure.Library, error) {
	for _, name := range names {
		if f.Packages[name] != nil {
			continue
		}
		libs, err := f.inNew(name, soname)
		if errors.Is(err, packages.ErrNoPackage) {
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
	pkg, err := f.Peek(name)
	if err != nil {
		return nil, err
	}
	libs, err := f.inPackage(pkg, soname)
	if err == nil && len(libs) > 0 {
		f.Admit(pkg)
	}
	return libs, err
}

// dependencies lists the packages of libraries that the plan's packages depend on, sorted. Those that were not seen before
// are got at once, in parallel: nearly all of them are needed.
func (f finder) dependencies() ([]string, error) {
	all := map[string]bool{}
	var fresh []string
	for _, name := range slices.Sorted(maps.Keys(f.Packages)) {
		if _, known := f.depends[name]; !known {
			libs, err := f.librariesOf(f.Packages[name].Depends, LooksLikeLibraries)
			if err != nil {
				return nil, err
			}
			f.depends[name] = libs
			fresh = append(fresh, slices.DeleteFunc(slices.Clone(libs), func(lib string) bool { return f.Peeked[lib] != nil || f.Want.Floor.HasPackage(lib) })...)
		}
		for _, dep := range f.depends[name] {
			all[dep] = true
		}
	}
	slices.Sort(fresh)
	return slices.Sorted(maps.Keys(all)), f.Fetch(slices.Compact(fresh))
}

// likeness is how many letters the names of a package and of a library begin with alike, separators aside: libdb5.3t64 and
// libdb-5.3.so.
func likeness(name, soname string) int {
	plain := strings.NewReplacer("-", "", "_", "", ".", "", "+", "")
	a, b := strings.ToLower(plain.Replace(name)), strings.ToLower(plain.Replace(soname))
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// LooksLikeLibraries tells by name and section whether a package may hold libraries.
func LooksLikeLibraries(pkg *packages.Package) bool {
	return strings.HasPrefix(pkg.Name, "lib") || strings.HasSuffix(pkg.Section, "libs")
}

// recommended lists the packages of libraries that the plan's packages recommend, sorted.
func (f finder) recommended() ([]string, error) {
	var names []string
	for _, pkg := range f.Packages {
		libs, err := f.librariesOf(pkg.Recommends, LooksLikeLibraries)
		if err != nil {
			return nil, err
		}
		names = append(names, libs...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// librariesOf lists the packages of a dependency field that count; of alternatives the first that exists.
func (f finder) librariesOf(field string, counts func(*packages.Package) bool) ([]string, error) {
	deps, err := deb.ParseDependencies(field)
	if err != nil {
		return nil, fmt.Errorf("cannot read what packages depend on: %w", err)
	}
	var names []string
	for _, dep := range deps {
		for _, rel := range dep {
			found, _, err := f.Lookup(rel.Name)
			if errors.Is(err, packages.ErrNoPackage) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if counts(found) {
				names = append(names, found.Name)
			}
			break
		}
	}
	return names, nil
}

// defining lists the packages whose definitions have a slice with the library, sorted: libz.so.1 is in zlib1g, which no
// rule says.
func (f finder) defining(soname string) []string {
	if f.Want.Release == nil {
		return nil
	}
	var names []string
	for _, name := range f.Want.Release.Names() {
		for _, s := range f.Want.Release.Package(name).Slices {
			if len(s.Matcher(f.Want.Arch).Wants("/usr/lib/"+f.Triplet+"/"+soname)) > 0 {
				names = append(names, name)
				break
			}
		}
	}
	return names
}
