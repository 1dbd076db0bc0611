package libraries

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// literals lists the libraries that scripts open by name: those of some planned files, and the app's. A script of a package
// brings a library when its package depends on the library's, by Debian's rule for names; a script of the app brings one
// that it names with its version. Either brings libraries of glibc, which nobody depends on by name, into a root of its own: a run
// image has them all. Everything else is a hint.
func (p *Pass) literals(of func(*plan.File) bool, app []plan.Object) ([]closure.Literal, error) {
	var all []closure.Literal
	for _, f := range p.Sorted() {
		if !of(f) || f.From == nil || f.Kind != tree.File {
			continue
		}
		names, err := p.namesInFile(f)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			l, err := p.literalOf(f, name)
			if err != nil {
				return nil, err
			}
			all = append(all, l)
		}
	}
	for _, o := range app {
		names, err := p.namesIn(o.Path, o.Open)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			all = append(all, closure.Literal{Script: o.Path, Name: name, Follow: versioned.MatchString(name)})
		}
	}
	if p.layer == p.Want.LibraryLayer() {
		for _, n := range p.Want.Opened {
			all = append(all, closure.Literal{Script: n.By, Name: n.Name, Follow: true})
		}
	}
	return slices.DeleteFunc(all, func(l closure.Literal) bool {
		return p.Want.Floor.Layered() && debian.IsLibc(path.Base(l.Name))
	}), nil
}

// appScripts are the app's, when it is the app's turn.
func (p *Pass) appScripts() []plan.Object {
	if p.layer == p.Want.LibraryLayer() {
		return p.Want.Scripts
	}
	return nil
}

// versioned matches a soname that is no link for the linker: a library of another version would not do.
var versioned = regexp.MustCompile(`^[^/]+\.so\.[0-9][0-9.]*$`)

// namesInFile are the names in a planned script, which were noted when its package was unpacked.
func (p *Pass) namesInFile(f *plan.File) ([]string, error) {
	noted, ok := f.Facts()
	switch {
	case !ok && closure.OpensLibraries(f.Path):
		return p.namesIn(p.At(f.Layer, f.Path), f.Open)
	case !ok || noted.Libraries == "":
		return nil, nil
	}
	return strings.Split(noted.Libraries, "\n"), nil
}

// namesIn reads the names in a script once.
func (p *Pass) namesIn(at string, open func() (packages.ReaderAtCloser, error)) ([]string, error) {
	if names, ok := p.named[at]; ok {
		return names, nil
	}
	r, err := open()
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", at, err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, closure.MaxScript))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", at, err)
	}
	p.named[at] = closure.LibraryNames(text)
	return p.named[at], nil
}

// literalOf says what becomes of a name in a script of a package.
func (p *Pass) literalOf(f *plan.File, name string) (closure.Literal, error) {
	l := closure.Literal{Script: p.At(f.Layer, f.Path), Name: name}
	if base := path.Base(name); debian.IsLibc(base) {
		l.Name, l.Follow = base, true
		return l, nil
	}
	pkg := p.Packages[f.Package]
	if pkg == nil {
		return l, nil
	}
	deps, err := deb.ParseDependencies(pkg.Depends)
	if err != nil {
		return l, fmt.Errorf("cannot read what package %s depends on: %w", pkg.Name, err)
	}
	for _, dep := range deps {
		for _, rel := range dep {
			if slices.Contains(debian.PackagesOfSoname(name), rel.Name) {
				l.Follow = true
				return l, nil
			}
			if stem, any := strings.CutSuffix(name, ".so.*"); any && ofStem(rel.Name, stem) {
				if l.Name, err = p.sonameIn(rel.Name, stem, name); err != nil || l.Name != name {
					l.Follow = true
					return l, err
				}
			}
		}
	}
	return l, nil
}

// ofStem tells whether a package's name is that of some version of a library, such as libmagic1t64 for libmagic.
func ofStem(pkg, stem string) bool {
	rest, ok := strings.CutPrefix(pkg, strings.ToLower(strings.ReplaceAll(stem, "_", "-")))
	rest = strings.TrimPrefix(rest, "-")
	return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' && !strings.HasSuffix(pkg, "-dev")
}

// sonameIn finds the name by which a package has the library of a stem; the name otherwise where it has none.
func (p *Pass) sonameIn(name, stem, otherwise string) (string, error) {
	if _, _, err := p.Lookup(name); err != nil {
		return otherwise, nil // an alternative that the sources do not have
	}
	pkg, err := p.Peek(name)
	if err != nil {
		return "", err
	}
	for _, e := range pkg.Entries {
		base := path.Base(e.Path)
		if slices.Contains(debian.LibraryDirs(p.Triplet), path.Dir(e.Path)) && strings.HasPrefix(base, stem+".so.") {
			return base, nil // the shortest is first: the soname, not the file of a minor version
		}
	}
	return otherwise, nil
}
