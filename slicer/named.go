package slicer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/slicer/release"
)

// addNamed takes what was asked for by name: slices of the definitions, derived slices ("git_bins"), and whole
// packages with what they depend on ("git").
func (p *resolver) addNamed() error {
	names := slices.Clone(p.want.Names)
	slices.SortFunc(names, func(a, b Named) int { return strings.Compare(a.Name+"\x00"+a.By, b.Name+"\x00"+b.By) })
	var defined, whole []Named
	for _, n := range names {
		pkg, class, isSlice := strings.Cut(n.Name, "_")
		switch {
		case !isSlice:
			whole = append(whole, n)
		case p.hasDefinition(pkg, Class(class)):
			defined = append(defined, n)
		case Class(class).isDerived():
			if err := p.addDerived(n, pkg, Class(class)); err != nil {
				return err
			}
		default:
			return fmt.Errorf("cannot cut %s: no definition has that slice, and what can be cut of any package is %s",
				n.Name, joinClasses(derivedClasses))
		}
	}
	if err := p.addDefined(defined); err != nil {
		return err
	}
	return p.addWhole(whole)
}

func (n Named) layer() string {
	if n.Layer == "" {
		return LayerSlices
	}
	return n.Layer
}

func (n Named) reason() Reason {
	if n.Kind == "" {
		return Reason{Kind: Asked, By: n.By}
	}
	return Reason{Kind: n.Kind, By: n.By}
}

// addDerived takes one class of files of a package. The files of private programs and libraries bring their closure
// later; nothing else of the package's dependencies is taken.
func (p *resolver) addDerived(n Named, pkg string, class Class) error {
	from, err := p.open(pkg)
	if err != nil {
		return err
	}
	name, found := p.slice(pkg, class, n.reason()), false
	p.roots[name] = n.layer()
	for _, e := range from.Entries {
		if e.Kind == Directory && !isLeaf(from.Entries, e) {
			continue
		}
		if got := p.classOf(from, e); class.has(got) {
			found = true
			if err := p.take(from, e, name, n.layer()); err != nil {
				return err
			}
		}
	}
	if !found {
		return fmt.Errorf("cannot cut %s: package %s %s has no such files", n.Name, pkg, from.Version)
	}
	return p.takeTargets(from, name, n.layer())
}

// addDefined takes slices of the definitions, with their essentials.
func (p *resolver) addDefined(names []Named) error {
	if len(names) == 0 {
		return nil
	}
	asked := map[release.Key]Named{}
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
	chosen, err := p.want.Release.Select(keys, p.want.Arch)
	if err != nil {
		return err
	}
	if err := p.prefetchSlices(chosen); err != nil {
		return err
	}
	matchers := p.want.Release.Matchers(chosen, p.want.Arch)
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
func (p *resolver) essentialOf(s *release.Slice, chosen []*release.Slice, asked map[release.Key]Named) Named {
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
		return Named{Name: key.String(), By: by.String(), Kind: Essential, Layer: root.Layer}
	}
	return Named{Name: key.String(), Kind: Essential}
}

// addDefinedSlice takes the contents of one defined slice.
func (p *resolver) addDefinedSlice(s *release.Slice, n Named, chosen []*release.Slice, m *release.Matcher) error {
	name := p.slice(s.Package, Class(s.Name), n.reason())
	p.roots[name] = n.layer()
	for _, at := range slices.Sorted(maps.Keys(s.Contents)) {
		info := s.Contents[at]
		if (len(info.Arch) > 0 && !slices.Contains(info.Arch, p.want.Arch)) || p.want.Release.Yields(s, at, chosen) {
			continue
		}
		if err := p.addMade(name, s.Package, n.layer(), strings.Trim(at, "/"), info); err != nil {
			return err
		}
	}
	if s.Mutate != "" {
		p.mutations = append(p.mutations, mutation{slice: name, script: s.Mutate})
	}
	if !m.Takes() {
		return nil
	}
	if p.want.Floor.HasPackage(s.Package) && n.Kind == Essential {
		return nil // the run image has what other slices of this package need
	}
	from, err := p.open(s.Package)
	if err != nil {
		return err
	}
	if err := p.addMembers(from, name, n.layer(), m); err != nil {
		return err
	}
	return p.takeTargets(from, name, n.layer())
}

// addMade takes what a definition makes itself: a text, a link, a directory.
func (p *resolver) addMade(slice, pkg, layer, at string, info release.PathInfo) error {
	f := &planned{
		ManifestFile: ManifestFile{Layer: p.layer(at, layer), Path: at, Package: pkg, Slice: slice},
		until:        info.Until != "", mutable: info.Mutable,
	}
	switch info.Kind {
	case release.Text:
		f.body = []byte(info.Info)
		f.SHA256, f.md5 = digest.Of(f.body)
		f.Kind, f.Size, f.Mode = File, int64(len(f.body)), octal(info.Mode, 0o644)
	case release.Symlink:
		f.Kind, f.Link, f.Mode = Symlink, info.Info, "0777"
	case release.Dir:
		f.Kind, f.Mode = Directory, octal(info.Mode, 0o755)
	default:
		return nil // a member of the package, or the manifest, which is written by whoever lays the tree out
	}
	if p.want.Floor.HasFile(at) {
		return nil
	}
	return p.put(f)
}

// addMembers takes the members of the package that the slice wants. Directories come with what is in them; one of its
// own is taken where it is empty or its mode is not the usual one.
func (p *resolver) addMembers(from *picked, slice, layer string, m *release.Matcher) error {
	names := from.Members()
	if missing := m.Missing(slices.Values(names)); len(missing) > 0 {
		return fmt.Errorf("no content at %s in package %s %s", strings.Join(missing, ", "), from.Name, from.Version)
	}
	for i, e := range from.Entries {
		for _, w := range m.Wants(names[i]) {
			if w.Kind == release.Glob && e.Kind == Directory && !isLeaf(from.Entries, e) && e.Mode == 0o755 {
				continue
			}
			if err := p.addMember(from, e, slice, layer, w); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *resolver) addMember(from *picked, e Entry, slice, layer string, w release.Wanted) error {
	to := e
	to.Path = debian.Merged(strings.Trim(w.Path, "/"))
	if w.Mode != 0 {
		to.Mode = int64(w.Mode)
	}
	before := p.seen[to.Path]
	until := w.Until != "" && (before == nil || before.until) // whoever wants to keep it has it kept
	if err := p.take(from, to, slice, layer); err != nil {
		return err
	}
	f := p.seen[to.Path]
	if f == nil {
		return nil // the floor has it
	}
	if before == nil {
		f.at = e
	}
	f.until = until
	f.mutable = f.mutable || w.Mutable
	return nil
}

func octal(m, otherwise uint) string {
	if m == 0 {
		m = otherwise
	}
	return fmt.Sprintf("%04o", m)
}

func joinClasses(all []Class) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}
