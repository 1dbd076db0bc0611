package slicer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/internal/release"
)

// addNamed takes what was asked for by name: slices of the definitions, derived slices ("git_bins"), and whole
// packages with what they depend on ("git").
func (p *plan) addNamed() error {
	names := slices.Clone(p.want.Names)
	slices.SortFunc(names, func(a, b Named) int { return strings.Compare(a.Name+"\x00"+a.By, b.Name+"\x00"+b.By) })
	var defined, whole []Named
	for _, n := range names {
		pkg, class, isSlice := strings.Cut(n.Name, "_")
		switch {
		case !isSlice:
			whole = append(whole, n)
		case p.hasDefinition(pkg, class):
			defined = append(defined, n)
		case slices.Contains(derivedClasses, class):
			if err := p.addDerived(n, pkg, class); err != nil {
				return err
			}
		default:
			return fmt.Errorf("cannot cut %s: no definition has that slice, and what can be cut of any package is %s",
				n.Name, strings.Join(derivedClasses, ", "))
		}
	}
	if err := p.addDefined(defined); err != nil {
		return err
	}
	return p.addWhole(whole)
}

func (p *plan) hasDefinition(pkg, class string) bool {
	if p.want.Release == nil || p.want.Release.Package(pkg) == nil {
		return false
	}
	return p.want.Release.Package(pkg).Slices[class] != nil
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
func (p *plan) addDerived(n Named, pkg, class string) error {
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
		if got := p.classOf(from, e); wanted(class, got) {
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

// isLeaf tells whether a directory of the package is empty in it; other directories come with what is in them.
func isLeaf(entries []Entry, dir Entry) bool {
	i, _ := slices.BinarySearchFunc(entries, dir.Path+"/", func(e Entry, t string) int { return strings.Compare(e.Path, t) })
	return i == len(entries) || !strings.HasPrefix(entries[i].Path, dir.Path+"/")
}

// addDefined takes slices of the definitions, with their essentials.
func (p *plan) addDefined(names []Named) error {
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
func (p *plan) essentialOf(s *release.Slice, chosen []*release.Slice, asked map[release.Key]Named) Named {
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
func (p *plan) addDefinedSlice(s *release.Slice, n Named, chosen []*release.Slice, m *release.Matcher) error {
	name := p.slice(s.Package, s.Name, n.reason())
	p.roots[name] = n.layer()
	if p.floorHasSlice(s, n) {
		return nil
	}
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
		p.scripts = append(p.scripts, mutation{slice: name, script: s.Mutate})
	}
	if !m.Takes() {
		return nil
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

// floorHasSlice tells whether the run image has what the slice would bring: all that slices of other packages require of this
// one and all libraries, where it has a part of the package; and a slice of which it has every path that stays. Such a slice is
// not made again: the script of ca-certificates_bundle would find no certificates to bundle.
func (p *plan) floorHasSlice(s *release.Slice, n Named) bool {
	if !p.floorHas(s.Package) {
		return false
	}
	if n.Kind == Essential && (s.Name == ClassLibs || !strings.HasPrefix(n.By, s.Package+"_")) {
		return true
	}
	stays := 0
	for at, info := range s.Contents {
		if info.Until != "" {
			continue
		}
		if !p.want.Floor.HasFile(strings.Trim(at, "/")) { // nor has it a pattern
			return false
		}
		stays++
	}
	return stays > 0
}

// addMade takes what a definition makes itself: a text, a link, a directory.
func (p *plan) addMade(slice, pkg, layer, at string, info release.PathInfo) error {
	f := &planned{
		ManifestFile: ManifestFile{Layer: p.layer(at, layer), Path: at, Package: pkg, Slice: slice},
		until:        info.Until != "", mutable: info.Mutable,
	}
	switch info.Kind {
	case release.Text:
		f.body = []byte(info.Info)
		f.SHA256, f.md5 = digests(f.body)
		f.Kind, f.Size, f.Mode = File.String(), int64(len(f.body)), octal(info.Mode, 0o644)
	case release.Symlink:
		f.Kind, f.Link, f.Mode = Symlink.String(), info.Info, "0777"
	case release.Dir:
		f.Kind, f.Mode = Directory.String(), octal(info.Mode, 0o755)
	default:
		return nil // a member of the package, or the manifest, which is written by whoever lays the tree out
	}
	if p.want.Floor != nil && p.want.Floor.HasFile(at) {
		return nil
	}
	return p.put(f)
}

// addMembers takes the members of the package that the slice wants. Directories come with what is in them; one of its
// own is taken where it is empty or its mode is not the usual one.
func (p *plan) addMembers(from *picked, slice, layer string, m *release.Matcher) error {
	names := memberNames(from.Contents)
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

// memberNames are the paths of a package's entries as definitions name them: absolute, a directory's with "/" at the end.
func memberNames(c *Contents) []string {
	names := make([]string, len(c.Entries))
	for i, e := range c.Entries {
		names[i] = "/" + e.Path
		if e.Kind == Directory {
			names[i] += "/"
		}
	}
	return names
}

func (p *plan) addMember(from *picked, e Entry, slice, layer string, w release.Wanted) error {
	to := e
	to.Path = mergedPath(strings.Trim(w.Path, "/"))
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
