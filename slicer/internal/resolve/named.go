package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
)

// AddNamed takes what was asked for by name: slices of the definitions, derived slices ("git_bins"), and whole
// packages with what they depend on ("git").
func (p *Resolver) AddNamed() error {
	names := slices.Clone(p.Want.Names)
	slices.SortFunc(names, func(a, b plan.Named) int { return strings.Compare(a.Name+"\x00"+a.By, b.Name+"\x00"+b.By) })
	var defined, whole []plan.Named
	for _, n := range names {
		pkg, class, isSlice := strings.Cut(n.Name, "_")
		switch {
		case !isSlice:
			whole = append(whole, n)
		case p.HasDefinition(pkg, debian.Class(class)):
			defined = append(defined, n)
		case debian.Class(class).IsDerived():
			if err := p.addDerived(n, pkg, debian.Class(class)); err != nil {
				return err
			}
		default:
			return p.noSuchSlice(n.Name, pkg)
		}
	}
	if err := p.AddDefined(defined); err != nil {
		return err
	}
	return p.addWhole(whole)
}

// noSuchSlice is the error about a slice that is neither defined nor derived: it lists those that are.
func (p *Resolver) noSuchSlice(name, pkg string) error {
	derived := "what can be cut of any package is " + joinClasses(debian.DerivedClasses)
	if p.Want.Release == nil {
		return release.NoSlice("cannot cut %s: there are no definitions, and %s", name, derived)
	}
	d := p.Want.Release.Package(pkg)
	if d == nil || len(d.Slices) == 0 {
		return release.NoSlice("cannot cut %s: no slice of package %s is defined, and %s", name, pkg, derived)
	}
	var defined []string
	for _, s := range slices.Sorted(maps.Keys(d.Slices)) {
		defined = append(defined, d.Slices[s].String())
	}
	return release.NoSlice("cannot cut %s: defined are %s (%s), and %s", name, strings.Join(defined, ", "), d.Path, derived)
}

// addDerived takes one class of files of a package. The files of private programs and libraries bring their closure
// later; nothing else of the package's dependencies is taken.
func (p *Resolver) addDerived(n plan.Named, pkg string, class debian.Class) error {
	if _, _, err := p.LookupAsked(pkg); err != nil {
		return err
	}
	from, err := p.Open(pkg)
	if err != nil {
		return err
	}
	name, found := p.Slice(pkg, class, n.Reason()), false
	p.Roots[name] = n.LandsIn()
	for _, e := range from.Entries {
		if e.Kind == tree.Directory && !plan.IsLeaf(from.Entries, e) {
			continue
		}
		if got := p.ClassOf(from, e); class.Has(got) || class == debian.ClassCopyright && isCopyrightLink(from, e) {
			found = true
			if err := p.Take(from, e, name, n.LandsIn()); err != nil {
				return err
			}
		}
	}
	if !found {
		return fmt.Errorf("cannot cut %s: package %s %s has no such files", n.Name, pkg, from.Version)
	}
	return p.takeTargets(from, name, n.LandsIn())
}

// AddDefined takes slices of the definitions, with their essentials.
func (p *Resolver) AddDefined(names []plan.Named) error {
	if len(names) == 0 {
		return nil
	}
	asked := map[release.Key]plan.Named{}
	keys := make([]release.Key, 0, len(names))
	for _, n := range names {
		key, err := release.ParseKey(n.Name)
		if err != nil {
			return err
		}
		if _, ok := asked[key]; !ok {
			keys = append(keys, key)
			asked[key] = n
		}
	}
	chosen, err := p.Want.Release.Select(keys, p.Want.Arch)
	if err != nil {
		return err
	}
	if err := p.prefetchSlices(chosen); err != nil {
		return err
	}
	matchers := p.Want.Release.Matchers(chosen, p.Want.Arch)
	for _, s := range chosen {
		n, ok := asked[s.Key()]
		if !ok {
			n = p.essentialOf(s, chosen, asked)
		}
		if err := p.addDefinedSlice(s, n, chosen, matchers[s.Key()]); err != nil {
			return fmt.Errorf("cannot cut %s: %w", s, err)
		}
	}
	return nil
}

// essentialOf says for which named slice an essential one is taken: it lands in the same layer.
func (p *Resolver) essentialOf(s *release.Slice, chosen []*release.Slice, asked map[release.Key]plan.Named) plan.Named {
	key := s.Key()
	for _, other := range chosen {
		if _, ok := other.Essential[key]; !ok {
			continue
		}
		by := other.Key()
		root, ok := asked[by]
		if !ok {
			root = p.essentialOf(other, chosen, asked)
		}
		return plan.Named{Name: key.String(), By: by.String(), Kind: manifest.Essential, Layer: root.Layer}
	}
	return plan.Named{Name: key.String(), Kind: manifest.Essential}
}

// addDefinedSlice takes the contents of one defined slice.
func (p *Resolver) addDefinedSlice(s *release.Slice, n plan.Named, chosen []*release.Slice, m *release.Matcher) error {
	name := p.Slice(s.Package, debian.Class(s.Name), n.Reason())
	p.Roots[name] = n.LandsIn()
	if p.floorHasSlice(s, n) {
		return nil
	}
	p.Defined[name] = true
	for _, at := range slices.Sorted(maps.Keys(s.Contents)) {
		info := s.Contents[at]
		if (len(info.Arch) > 0 && !slices.Contains(info.Arch, p.Want.Arch)) || p.Want.Release.Yields(s, at, chosen) {
			continue
		}
		if err := p.addMade(name, s.Package, n.LandsIn(), strings.Trim(at, "/"), info); err != nil {
			return err
		}
	}
	if s.Mutate != "" {
		p.Mutations = append(p.Mutations, mutation{Slice: name, Script: s.Mutate})
	}
	if !m.Takes() {
		return nil
	}
	from, err := p.Open(s.Package)
	if err != nil {
		return err
	}
	if err := p.addMembers(from, name, n.LandsIn(), m); err != nil {
		return err
	}
	return p.takeTargets(from, name, n.LandsIn())
}

// floorHasSlice tells whether the run image has what the slice would bring: all that slices of other packages require of this
// one and all libraries, where it has a part of the package; and a slice of which it has every path that stays. Such a slice is
// not made again: the script of ca-certificates_bundle would find no certificates to bundle.
func (p *Resolver) floorHasSlice(s *release.Slice, n plan.Named) bool {
	if !p.Want.Floor.HasPackage(s.Package) {
		return false
	}
	if n.Kind == manifest.Essential && (s.Name == string(debian.ClassLibs) || !strings.HasPrefix(n.By, s.Package+"_")) {
		return true
	}
	stays := 0
	for at, info := range s.Contents {
		if info.Until != "" {
			continue
		}
		if !p.Want.Floor.HasFile(strings.Trim(at, "/")) { // nor has it a pattern
			return false
		}
		stays++
	}
	return stays > 0
}

// addMade takes what a definition makes itself: a text, a link, a directory.
func (p *Resolver) addMade(slice, pkg, layer, at string, info release.PathInfo) error {
	f := &plan.File{
		File:  manifest.File{Layer: p.Layer(at, layer), Path: at, Package: pkg, Slice: slice},
		Until: info.Until != "", Mutable: info.Mutable,
	}
	switch info.Kind {
	case release.Text:
		f.Body = []byte(info.Info)
		f.SHA256, f.MD5 = digest.Of(f.Body)
		f.Kind, f.Size, f.Mode = tree.File, int64(len(f.Body)), octal(info.Mode, 0o644)
	case release.Symlink:
		f.Kind, f.Link, f.Mode = tree.Symlink, info.Info, "0777"
	case release.Dir:
		f.Kind, f.Mode = tree.Directory, octal(info.Mode, 0o755)
	default:
		return nil // a member of the package, or the manifest, which is written by whoever lays the tree out
	}
	if p.Want.Floor.HasFile(at) {
		return nil
	}
	return p.Put(f)
}

// addMembers takes the members of the package that the slice wants, directories by patterns among them.
func (p *Resolver) addMembers(from *plan.Package, slice, layer string, m *release.Matcher) error {
	names := from.Members()
	for _, e := range from.Entries {
		if isCopyrightLink(from, e) {
			names = append(names, "/"+e.Path+"/copyright")
		}
	}
	if missing := m.Missing(slices.Values(names)); len(missing) > 0 {
		return fmt.Errorf("no content at %s in package %s %s", strings.Join(missing, ", "), from.Name, from.Version)
	}
	for i, e := range from.Entries {
		for _, w := range wanted(m, from, e, names[i]) {
			if err := p.addMember(from, e, slice, layer, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// wanted lists what is wanted of a member. A link is taken for the copyright file behind it.
func wanted(m *release.Matcher, from *plan.Package, e packages.Entry, name string) []release.Wanted {
	found := m.Wants(name)
	if isCopyrightLink(from, e) && len(found) == 0 && len(m.Wants(name+"/copyright")) > 0 {
		found = []release.Wanted{{Path: name, Rule: name}}
	}
	return found
}

// isCopyrightLink tells whether an entry is the link by which a package has the documentation of another one, with the copyright
// file, which comes with the records.
func isCopyrightLink(from *plan.Package, e packages.Entry) bool {
	return e.Kind == tree.Symlink && e.Path == "usr/share/doc/"+from.Name
}

func (p *Resolver) addMember(from *plan.Package, e packages.Entry, slice, layer string, w release.Wanted) error {
	to := e
	to.Path = debian.Merged(strings.Trim(w.Path, "/"))
	if w.Mode != 0 {
		to.Mode = int64(w.Mode)
	}
	f := p.Planned(from, to, slice, layer)
	if f == nil {
		return nil
	}
	f.At, f.Until, f.Mutable = e, w.Until != "", w.Mutable
	p.Admit(from)
	return p.Put(f)
}

func octal(m, otherwise uint) string {
	if m == 0 {
		m = otherwise
	}
	return fmt.Sprintf("%04o", m)
}

func joinClasses(all []debian.Class) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}
