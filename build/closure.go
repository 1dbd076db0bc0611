package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// buildPackage is a Debian package to unpack for the build.
type buildPackage struct {
	*packages.Package
	from packages.Source
	Why  string // the setting, or the package that depends on it
}

// buildClosure resolves the packages that the build was asked for.
type buildClosure struct {
	installed packages.Source // what the build image has
	archive   packages.Source
	chosen    map[string]buildPackage
	contents  map[string]*packages.Contents
}

// resolve returns the named packages and what they depend on, less what the build image has, sorted by name. A named
// package that is installed is left out and reported in present.
func (b *buildClosure) resolve(ctx context.Context, named []project.Setting) (all []buildPackage, present []string, err error) {
	type want struct {
		alternatives []relation
		by           string
		named        bool
	}
	var queue []want
	for _, n := range named {
		queue = append(queue, want{alternatives: []relation{{name: n.Name}}, by: n.By, named: true})
	}
	for len(queue) > 0 {
		w := queue[0]
		queue = queue[1:]
		if b.satisfied(ctx, w.alternatives) {
			if w.named {
				present = append(present, w.alternatives[0].name)
			}
			continue
		}
		p, err := b.find(ctx, w.alternatives)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot find build package %s (for %s): %w", w.alternatives[0].name, w.by, err)
		}
		b.chosen[p.Name] = buildPackage{Package: p, from: b.archive, Why: w.by}
		for _, alternatives := range relations(p.Depends) {
			queue = append(queue, want{alternatives: alternatives, by: p.Name})
		}
	}
	if err := b.prefetch(ctx); err != nil {
		return nil, nil, err
	}
	if err := b.followLinks(ctx); err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(b.chosen)) {
		all = append(all, b.chosen[name])
	}
	return all, present, nil
}

// satisfied tells whether one of the alternatives is chosen or installed. An "=" relation that the installed version
// does not meet is not satisfied: a -dev package links to the file names of exactly its own library.
func (b *buildClosure) satisfied(ctx context.Context, alternatives []relation) bool {
	for _, r := range alternatives {
		if _, ok := b.chosen[r.name]; ok {
			return true
		}
		p, err := b.installed.Package(ctx, r.name)
		if err == nil && (r.exactly == "" || r.exactly == p.Version) {
			return true
		}
		if providers, err := b.installed.Providers(ctx, r.name); err == nil && len(providers) > 0 {
			return true
		}
	}
	return false
}

// find takes the first alternative that the archive has, itself or by a provider.
func (b *buildClosure) find(ctx context.Context, alternatives []relation) (*packages.Package, error) {
	var first error
	for _, r := range alternatives {
		p, err := b.archive.Package(ctx, r.name)
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, packages.ErrNoPackage) {
			return nil, err
		}
		if providers, perr := b.archive.Providers(ctx, r.name); perr == nil && len(providers) > 0 {
			return providers[0], nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (b *buildClosure) prefetch(ctx context.Context) error {
	var all []*packages.Package
	for _, name := range slices.Sorted(maps.Keys(b.chosen)) {
		all = append(all, b.chosen[name].Package)
	}
	return b.archive.Fetch(ctx, all)
}

// followLinks adds installed packages that links of the chosen ones lead into: libxml2.so of libxml2-dev leads to
// libxml2.so.2.9.14 beside it, and the linker does not look in /usr/lib where that is installed and so was not unpacked.
func (b *buildClosure) followLinks(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(b.chosen)) {
		c, err := b.open(ctx, b.chosen[name])
		if err != nil {
			return err
		}
		targets := linkTargets(c)
		if len(targets) == 0 {
			continue
		}
		for _, alternatives := range relations(b.chosen[name].Depends) {
			if err := b.followInto(ctx, name, alternatives, targets); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *buildClosure) followInto(ctx context.Context, by string, alternatives []relation, targets map[string]bool) error {
	for _, r := range alternatives {
		if _, ok := b.chosen[r.name]; ok {
			continue
		}
		p, err := b.installed.Package(ctx, r.name)
		if err != nil {
			continue // another alternative satisfies the dependency
		}
		candidate := buildPackage{Package: p, from: b.installed, Why: "links of " + by}
		c, err := b.open(ctx, candidate)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.Entries, func(e packages.Entry) bool { return targets[e.Path] }) {
			b.chosen[p.Name] = candidate
		}
	}
	return nil
}

func (b *buildClosure) open(ctx context.Context, p buildPackage) (*packages.Contents, error) {
	if c, ok := b.contents[p.Name]; ok {
		return c, nil
	}
	c, err := p.from.Contents(ctx, p.Package)
	if err != nil {
		return nil, err
	}
	b.contents[p.Name] = c
	return c, nil
}

// linkTargets returns where relative links of a package lead, other than to its own files.
func linkTargets(c *packages.Contents) map[string]bool {
	targets := map[string]bool{}
	for _, e := range c.Entries {
		if e.Kind != tree.Symlink || path.IsAbs(e.Link) {
			continue
		}
		target := path.Join(path.Dir(e.Path), e.Link)
		if _, own := c.Entry(target); !own {
			targets[target] = true
		}
	}
	return targets
}

// relation is one alternative of a dependency (Debian Policy 7.1). Of versions only "=" is kept: within one signed
// archive the other relations hold.
type relation struct{ name, exactly string }

func relations(field string) [][]relation {
	var all [][]relation
	for group := range strings.SplitSeq(field, ",") {
		var alternatives []relation
		for one := range strings.SplitSeq(group, "|") {
			name, version, _ := strings.Cut(one, "(")
			name, _, _ = strings.Cut(name, "[")
			name, _, _ = strings.Cut(strings.TrimSpace(name), ":")
			if name == "" {
				continue
			}
			exactly, ok := strings.CutPrefix(strings.TrimSpace(version), "=")
			if !ok {
				exactly = ""
			}
			alternatives = append(alternatives, relation{name: name, exactly: strings.Trim(exactly, " )")})
		}
		if len(alternatives) > 0 {
			all = append(all, alternatives)
		}
	}
	return all
}
