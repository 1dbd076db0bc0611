package slicer

import (
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/interp"
	"whittle.dev/whittle/slicer/internal/libraries"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
)

// prefetcher begins to get the packages that will probably be looked into, as far as the index tells: what a package depends
// on is known before it is there, so nobody need wait for one package to ask for the next. It has no say in the selection: a
// package that it gets in vain costs a download, and one that it misses is got when it is asked for.
type prefetcher struct {
	*resolve.Resolver
	scripts  *interp.Pass
	source   packages.Source // nil: nothing is prefetched
	seen     map[string]bool // whether it was seen as a whole
	queue    []expected
	packages []*packages.Package
	stops    []func()
}

// expected is a package that will be looked into, and whether all that it depends on will be, too: of libraries and of
// slices only further libraries count.
type expected struct {
	pkg   *packages.Package
	whole bool
}

// newPrefetcher looks ahead in an archive. Among several sources the next one is opened when the former ones lack something,
// and may be on a network that is not there.
func newPrefetcher(r *resolve.Resolver, scripts *interp.Pass) *prefetcher {
	f := &prefetcher{Resolver: r, scripts: scripts, seen: map[string]bool{}}
	if len(r.Want.Sources) == 1 {
		f.source = r.Want.Sources[0]
	}
	return f
}

// stop ends what was prefetched in vain.
func (f *prefetcher) stop() {
	for _, stop := range f.stops {
		stop()
	}
}

// names expects what was asked for.
func (f *prefetcher) names() {
	for _, n := range f.Want.Names {
		f.named(n)
	}
	f.begin()
}

// commands expects the programs that scripts of the plan name.
func (f *prefetcher) commands() error {
	if f.source == nil {
		return nil
	}
	for _, file := range f.Sorted() {
		names, err := f.scripts.EssentialTo(file)
		if err != nil {
			return err
		}
		for _, name := range names {
			f.add(name, false)
		}
	}
	f.begin()
	return nil
}

// begin follows what was added, breadth first, and gets it.
func (f *prefetcher) begin() {
	for ; len(f.queue) > 0; f.queue = f.queue[1:] {
		f.follow(f.queue[0])
	}
	if len(f.packages) > 0 {
		f.stops = append(f.stops, f.source.Prefetch(f.Ctx, f.packages))
	}
	f.packages = nil
}

func (f *prefetcher) named(n Named) {
	pkg, class, isSlice := strings.Cut(n.Name, "_")
	if !isSlice || !f.HasDefinition(pkg, debian.Class(class)) {
		f.add(pkg, !isSlice)
		return
	}
	key, err := release.ParseKey(n.Name)
	if err != nil {
		return
	}
	chosen, err := f.Want.Release.Select([]release.Key{key}, f.Want.Arch)
	if err != nil {
		return
	}
	for _, s := range chosen {
		if s.Matcher(f.Want.Arch).Takes() && (s.Key() == key || !f.Want.Floor.HasPackage(s.Package)) {
			f.add(s.Package, false)
		}
	}
}

func (f *prefetcher) add(name string, whole bool) {
	before, seen := f.seen[name]
	if f.source == nil || seen && (before || !whole) {
		return
	}
	f.seen[name] = whole
	pkg, _, err := f.Lookup(name)
	if err != nil {
		return // whoever takes it says so
	}
	if !seen {
		f.packages = append(f.packages, pkg)
	}
	f.queue = append(f.queue, expected{pkg, whole})
}

// follow adds what a package depends on, and what the definition of its libraries requires. Modules are offered, and what
// they depend on counts when a file imports them, and of documentation when a link leads there; of drivers nothing is taken, see
// isDriver.
func (f *prefetcher) follow(from expected) {
	for _, n := range f.RequiredBy(from.pkg.Name) {
		f.named(n)
	}
	for _, name := range ruledPackages()[from.pkg.Name] {
		f.add(name, false)
	}
	if looksLikeModules(from.pkg.Name) && !f.isAsked(from.pkg.Name) || resolve.InSectionDoc(from.pkg) {
		return
	}
	deps, err := deb.ParseDependencies(from.pkg.Depends)
	if err != nil {
		return
	}
	for _, dep := range deps {
		name := f.satisfies(dep)
		if name == "" {
			continue
		}
		pkg, _, err := f.Lookup(name)
		if err != nil {
			continue
		}
		library := libraries.LooksLikeLibraries(pkg)
		if !from.whole && !library {
			continue
		}
		f.add(name, from.whole && (!library || !f.HasDefinition(name, debian.ClassLibs)))
	}
}

// ruledPackages are the packages that whittle's rules look into when a library is there, by the library's package.
var ruledPackages = sync.OnceValue(func() map[string][]string {
	packages := map[string][]string{}
	for _, r := range closure.Rules() {
		for _, name := range debian.PackagesOfSoname(r.Library) {
			packages[name] = append(packages[name], r.Packages...)
		}
	}
	return packages
})

func (f *prefetcher) isAsked(name string) bool {
	return slices.ContainsFunc(f.Want.Names, func(n Named) bool {
		pkg, _, _ := strings.Cut(n.Name, "_")
		return pkg == name
	})
}

// satisfies is choose for what has not been decided yet; empty where nothing will be taken.
func (f *prefetcher) satisfies(dep deb.Dependency) string {
	for _, rel := range dep {
		if _, ok := resolve.ScriptOnly[rel.Name]; ok || f.Want.Floor.HasPackage(rel.Name) {
			return ""
		}
	}
	for _, rel := range dep {
		if _, seen := f.seen[rel.Name]; seen {
			return rel.Name
		}
	}
	for _, rel := range dep {
		if name, err := f.Satisfier(rel); err == nil && name != "" {
			return name
		}
	}
	return ""
}

// looksLikeModules tells by its name alone whether a package holds modules of a language or of a library, or drivers.
func looksLikeModules(name string) bool {
	return strings.HasPrefix(name, "python3-") || strings.HasPrefix(name, "lib") && strings.HasSuffix(name, "-perl") ||
		strings.Contains(name, "-modules-") || strings.Contains(name, "-plugin-") || strings.Contains(name, "mesa")
}
