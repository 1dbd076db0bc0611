package slicer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/internal/deb"
)

// scriptOnly are packages that only maintainer scripts and package management use. Nothing in an image calls them,
// because images are made without running maintainer scripts.
var scriptOnly = map[string]string{
	"adduser": "makes accounts", "debconf": "asks questions", "debconf-2.0": "asks questions", "cdebconf": "asks questions",
	"dpkg": "installs packages", "dpkg-dev": "builds packages", "apt": "installs packages", "ucf": "installs configuration",
	"init-system-helpers": "starts services", "systemd": "starts services", "sysvinit-utils": "starts services",
	"systemd-sysv": "starts services", "sysuser-helper": "makes accounts", "lsb-base": "starts services",
	"opensysusers": "makes accounts", "install-info": "indexes manuals", "man-db": "indexes manuals", "update-inetd": "starts services",
	"cron": "starts services", "cron-daemon": "starts services", "anacron": "starts services", "logrotate": "starts services",
	"dictionaries-common": "registers dictionaries", "emacsen-common": "registers editor modes", "sgml-base": "registers catalogs",
	"xml-core": "registers catalogs", "tex-common": "registers fonts", "perl-openssl-defaults": "carries no files", "po-debconf": "builds packages",
	"systemd-standalone-sysusers": "makes accounts", "systemd-sysusers": "makes accounts", "python3-dpkg": "builds packages",
}

// addWhole takes packages as their users know them: all their files but documentation, headers and the like, and the
// same of the packages they depend on, except what the run image has and what only maintainer scripts use.
func (p *plan) addWhole(names []Named) error {
	w := whole{plan: p, done: map[string]bool{}}
	for _, n := range names {
		if _, _, err := p.lookup(n.Name); err != nil {
			return err
		}
	}
	queue := make([]request, 0, len(names))
	for _, n := range names {
		queue = append(queue, request{name: n.Name, why: n.reason(), layer: n.layer()})
	}
	order, err := w.resolve(queue)
	if err != nil {
		return err
	}
	if err := p.prefetch(packageNames(order)); err != nil {
		return err
	}
	for _, r := range order {
		if err := p.addWholePackage(r); err != nil {
			return err
		}
	}
	return nil
}

// request is a package that is to be taken, for a reason.
type request struct {
	name  string
	why   Reason
	layer string
}

func packageNames(rs []request) []string {
	names := make([]string, len(rs))
	for i, r := range rs {
		names[i] = r.name
	}
	return names
}

// whole resolves dependencies breadth first, so that what users name directly is settled before alternatives are.
type whole struct {
	*plan
	done map[string]bool // packages chosen so far
}

func (w whole) resolve(queue []request) ([]request, error) {
	var order []request
	for _, r := range queue {
		w.done[r.name] = true
	}
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		order = append(order, r)
		pkg, _, err := w.lookup(r.name)
		if err != nil {
			return nil, err
		}
		deps, err := deb.ParseDependencies(pkg.Depends)
		if err != nil {
			return nil, fmt.Errorf("cannot read what package %s depends on: %w", r.name, err)
		}
		for _, dep := range deps {
			name, err := w.choose(pkg, dep)
			if err != nil {
				return nil, err
			}
			if name == "" || w.done[name] {
				continue
			}
			w.done[name] = true
			queue = append(queue, request{name: name, why: Reason{Kind: Depends, By: r.name}, layer: r.layer})
		}
	}
	return order, nil
}

// choose picks the package that satisfies a dependency: one that is chosen already, or else the first that exists.
// The empty name means that nothing needs to be taken.
func (w whole) choose(pkg *Package, dep deb.Dependency) (string, error) {
	for _, rel := range dep {
		if why, ok := scriptOnly[rel.Name]; ok {
			w.omit(rel.Name, "only maintainer scripts use it: it "+why, pkg.Name)
			return "", nil
		}
		if w.want.Floor != nil && w.want.Floor.HasPackage(rel.Name) {
			return "", nil
		}
	}
	for _, rel := range dep {
		if w.done[rel.Name] {
			return rel.Name, nil
		}
	}
	for _, rel := range dep {
		name, err := w.satisfier(rel)
		if err != nil {
			return "", err
		}
		if name != "" {
			return name, nil
		}
	}
	return "", fmt.Errorf("cannot take package %s: no source has %s, on which it depends", pkg.Name, describe(dep))
}

// satisfier finds a package for one relation: that of the name in a fitting version, or a provider.
func (w whole) satisfier(rel deb.Relation) (string, error) {
	pkg, _, err := w.lookup(rel.Name)
	switch {
	case err == nil && rel.AcceptsVersion(pkg.Version):
		return rel.Name, nil
	case err != nil && !errors.Is(err, ErrNoPackage):
		return "", err
	}
	var first string
	for _, s := range w.want.Sources {
		providers, err := s.Providers(w.ctx, rel.Name)
		if err != nil {
			return "", err
		}
		for _, pr := range providers {
			if !provides(pr, rel) {
				continue
			}
			if w.done[pr.Name] || (w.want.Floor != nil && w.want.Floor.HasPackage(pr.Name)) {
				return pr.Name, nil
			}
			if first == "" {
				first = pr.Name
			}
		}
	}
	return first, nil
}

// provides tells whether the package provides the relation's name; a versioned relation wants a versioned provide
// (Policy 7.5).
func provides(pkg *Package, rel deb.Relation) bool {
	deps, err := deb.ParseDependencies(pkg.Provides)
	if err != nil {
		return false
	}
	for _, dep := range deps {
		if dep[0].Name != rel.Name {
			continue
		}
		if rel.Op == "" || (dep[0].Version != "" && rel.AcceptsVersion(dep[0].Version)) {
			return true
		}
	}
	return false
}

func describe(dep deb.Dependency) string {
	parts := make([]string, len(dep))
	for i, r := range dep {
		parts[i] = r.Name
		if r.Op != "" {
			parts[i] += " (" + r.Op + " " + r.Version + ")"
		}
	}
	return strings.Join(parts, " or ")
}

// addWholePackage takes the files of one package, and notes the classes that it leaves out.
func (p *plan) addWholePackage(r request) error {
	if p.want.Floor != nil && p.want.Floor.HasPackage(r.name) && r.why.Kind == Depends {
		return nil
	}
	from, err := p.open(r.name)
	if err != nil {
		return err
	}
	left := map[string]bool{}
	for _, e := range from.Entries {
		if e.Kind == Directory && !isLeaf(from.Entries, e) {
			continue
		}
		class := classify(from.Package, e, p.triplet)
		if !wanted(ClassAll, class) {
			left[class] = left[class] || e.Kind != Directory
			continue
		}
		if class == ClassCopyright {
			continue // comes with the records
		}
		if err := p.take(from, e, p.slice(r.name, class, r.why), r.layer); err != nil {
			return err
		}
	}
	for _, class := range slices.Sorted(maps.Keys(left)) {
		if left[class] {
			p.omit(r.name+": "+class, "no program reads them at run time", r.why.By)
		}
	}
	return nil
}
