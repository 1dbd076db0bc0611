package archive

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/internal/deb"
)

// ErrNotFound is wrapped by the error for a name that no suite has.
var ErrNotFound = errors.New("no such package")

// A NotFoundError names what is missing and what was perhaps meant.
type NotFoundError struct {
	Name    string
	Nearest []string // names of packages, nearest first
	Virtual []string // packages that provide the name
}

func (e *NotFoundError) Error() string {
	message := fmt.Sprintf("cannot find package %s in the archive", e.Name)
	switch {
	case len(e.Virtual) > 0:
		return message + ": it is virtual, provided by " + strings.Join(e.Virtual, ", ")
	case len(e.Nearest) > 0:
		return message + "; similar names: " + strings.Join(e.Nearest, ", ")
	}
	return message
}

// Unwrap makes errors.Is(err, ErrNotFound) true.
func (e *NotFoundError) Unwrap() error { return ErrNotFound }

// lookups are tables made at the first use.
type lookups struct {
	provides     sync.Once
	providesErr  error
	providerRows []table // one an index, in the order of sites and indexes
	namesOnce    sync.Once
	names        []string
	contentsMu   sync.Mutex
	contents     map[string]*openedContents
}

// Package returns the version of a package that is to be used: of those with
// the highest priority (pins, else the suite's own), the highest version by
// Debian's order; of equals, that of the source named first. The error for a
// name that is nowhere is a *NotFoundError.
func (a *Archive) Package(name string) (*Package, error) {
	versions, err := a.versions(name)
	if err != nil {
		return nil, err
	}
	if len(versions) > 0 {
		return versions[0], nil
	}
	missing := &NotFoundError{Name: name}
	if providers, err := a.Providers(name); err == nil && len(providers) > 0 {
		for _, p := range providers[:min(len(providers), 5)] {
			missing.Virtual = append(missing.Virtual, p.Name)
		}
	} else {
		missing.Nearest = a.Nearest(name, 5)
	}
	return nil, missing
}

// Versions returns all versions of a package, the one to be used first. Those
// of a negative priority are left out.
func (a *Archive) Versions(name string) ([]*Package, error) { return a.versions(name) }

func (a *Archive) versions(name string) ([]*Package, error) {
	type candidate struct {
		*Package
		priority int
	}
	var all []candidate
	for _, s := range a.sites {
		for _, x := range s.indexes {
			for _, r := range x.packages.find(name) {
				p, err := a.useStanza(s, x, r)
				if err != nil {
					return nil, err
				}
				if p.Architecture != a.options.Arch && p.Architecture != "all" {
					continue
				}
				priority, err := a.priority(s, p)
				if err != nil {
					return nil, err
				}
				if priority >= 0 {
					all = append(all, candidate{p, priority})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(y.priority, x.priority), deb.CompareVersions(y.Version, x.Version))
	})
	packages := make([]*Package, len(all))
	for i, c := range all {
		packages[i] = c.Package
	}
	return packages, nil
}

// Providers returns the packages whose version to be used provides a virtual
// name, sorted by name. A package of that very name is not among them.
func (a *Archive) Providers(virtual string) ([]*Package, error) {
	if err := a.loadProvides(); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	i := 0
	for _, s := range a.sites {
		for _, x := range s.indexes {
			for _, r := range a.providerRows[i].find(virtual) {
				p, err := a.useStanza(s, x, r)
				if err != nil {
					return nil, err
				}
				names[p.Name] = true
			}
			i++
		}
	}
	var providers []*Package
	for name := range names {
		versions, err := a.versions(name)
		if err != nil {
			return nil, err
		}
		if len(versions) > 0 && versions[0].provides(virtual) {
			providers = append(providers, versions[0])
		}
	}
	slices.SortFunc(providers, func(x, y *Package) int { return cmp.Compare(x.Name, y.Name) })
	return providers, nil
}

// provides tells whether the Provides field has a name.
func (p *Package) provides(name string) bool {
	for field := range strings.SplitSeq(p.Provides, ",") {
		field = strings.TrimSpace(field)
		if i := strings.IndexAny(field, " (:\t\n"); i >= 0 {
			field = field[:i]
		}
		if field == name {
			return true
		}
	}
	return false
}

func (a *Archive) loadProvides() error {
	a.provides.Do(func() {
		for _, s := range a.sites {
			for _, x := range s.indexes {
				t, err := x.providersTable()
				if err != nil {
					a.providesErr = fmt.Errorf("cannot read what packages of suite %s provide: %w", s.suite, a.dropIndex(x, err))
					return
				}
				a.providerRows = append(a.providerRows, t)
			}
		}
	})
	return a.providesErr
}

// Names returns the names of all packages, sorted, each once.
func (a *Archive) Names() iter.Seq[string] { return slices.Values(a.allNames()) }

func (a *Archive) allNames() []string {
	a.namesOnce.Do(func() {
		for _, s := range a.sites {
			for _, x := range s.indexes {
				for i := range x.packages.len() {
					a.names = append(a.names, string(x.packages.name(i)))
				}
			}
		}
		slices.Sort(a.names)
		a.names = slices.Compact(a.names)
	})
	return a.names
}
