package libraries

import (
	"cmp"
	"errors"
	"fmt"
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
	return f.inFirst(likeliestFirst(names, soname), soname)
}

// amongOwn looks for a library in what a package itself depends on.
func (f finder) amongOwn(origin, soname string) ([]closure.Library, error) {
	names, err := f.librariesOf(f.Packages[origin].Depends, LooksLikeLibraries)
	if err != nil {
		return nil, err
	}
	return f.inFirst(likeliestFirst(names, soname), soname)
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
	var fresh []string
	for _, name := range f.Names() {
		if f.depends[name] {
			continue
		}
		libs, err := f.librariesOf(f.Packages[name].Depends, LooksLikeLibraries)
		if err != nil {
			return nil, err
		}
		f.depends[name] = true
		f.dependedOn = append(f.dependedOn, libs...)
		fresh = append(fresh, slices.DeleteFunc(libs, func(lib string) bool { return f.Peeked[lib] != nil || f.Want.Floor.HasPackage(lib) })...)
	}
	if len(fresh) > 0 {
		slices.Sort(fresh)
		if err := f.Fetch(slices.Compact(fresh)); err != nil {
			return nil, err
		}
	}
	slices.Sort(f.dependedOn)
	f.dependedOn = slices.Compact(f.dependedOn)
	return slices.Clone(f.dependedOn), nil
}

// likeliestFirst orders names of packages by how many letters they begin with like a library's, the most first; equal ones stay
// in their order.
func likeliestFirst(names []string, soname string) []string {
	type ranked struct {
		name  string
		alike int
	}
	all := make([]ranked, len(names))
	for i, name := range names {
		all[i] = ranked{name, likeness(name, soname)}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.alike, a.alike) })
	ordered := make([]string, len(names))
	for i, r := range all {
		ordered[i] = r.name
	}
	return ordered
}

// likeness is how many letters the names of a package and of a library begin with alike, separators and case aside: libdb5.3t64
// and libdb-5.3.so.
func likeness(a, b string) int {
	n := 0
	for {
		a, b = strings.TrimLeft(a, separators), strings.TrimLeft(b, separators)
		if a == "" || b == "" || lower(a[0]) != lower(b[0]) {
			return n
		}
		a, b, n = a[1:], b[1:], n+1
	}
}

const separators = "-_.+"

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
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
