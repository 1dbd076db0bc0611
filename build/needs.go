package build

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
	"whittle.dev/whittle/slicer/verify"
)

// anyProgram and dynamicPrograms are files of a run image that programs open without a word about it in their own files: the
// certificates, the accounts and the time zones; of those that link to the C library, also the locale that LANG names.
var (
	anyProgram      = []string{"etc/passwd", "etc/ssl/certs/ca-certificates.crt", "usr/share/zoneinfo/UTC"}
	dynamicPrograms = []string{"usr/lib/locale/C.utf8/LC_CTYPE"}
)

// baseNeeds gathers what the image needs of its run image: a rebase that takes something of it away breaks the app.
type baseNeeds struct {
	floor     *contract.Floor
	libraries map[string]*contract.NeededLibrary
	files     map[string]string // path to who opens it
	doors     map[string]contract.Door
	packages  map[string]contract.NeededPackage
}

// needsOf tells what a selection, and the app for which it was made, need of the run image, by what the proof found.
func (b *builder) needsOf(s *slicer.Selection, w slicer.Want, proof *verify.Report) *contract.Needs {
	n := &baseNeeds{
		floor: b.contract.Floor, libraries: map[string]*contract.NeededLibrary{}, files: map[string]string{},
		doors: map[string]contract.Door{}, packages: map[string]contract.NeededPackage{},
	}
	for _, l := range proof.Libraries {
		n.library(l)
	}
	for _, f := range proof.Loaders {
		n.file(f.Path, f.By)
	}
	for _, l := range w.Sonames { // of what is used unseen, too
		n.library(contract.NeededLibrary{Soname: l.Name, By: l.By})
	}
	n.edges(s)
	n.links(s, w.Links)
	n.slices(b.definitions, w.Names)
	n.behindDoors(s)
	for _, l := range b.layers {
		if l.Launch && l.Name == contract.LayerLoader {
			n.door(slicer.LoaderCachePath, contract.LayerLoader)
		}
	}
	n.wellKnown()
	return n.sorted(b.arch, b.floor)
}

// library notes a library of the floor; one that the floor lacks is in a layer.
func (n *baseNeeds) library(l contract.NeededLibrary) {
	if !n.floor.HasLibrary(l.Soname) {
		return
	}
	old := n.libraries[l.Soname]
	if old == nil {
		n.libraries[l.Soname] = &l
	} else {
		old.Versions, old.Symbols = union(old.Versions, l.Versions), union(old.Symbols, l.Symbols)
	}
	if slices.ContainsFunc(l.Versions, closure.PrivateVersion) {
		n.madeWith(debian.PackagesOfSoname(l.Soname), l.By)
	}
}

func union(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

// madeWith notes that a file agrees with one upstream version of a package only.
func (n *baseNeeds) madeWith(packages []string, by string) {
	for _, p := range n.floor.Packages {
		if old, ok := n.packages[p.Name]; slices.Contains(packages, p.Name) && (!ok || by < old.By) {
			n.packages[p.Name] = contract.NeededPackage{Name: p.Name, Upstream: deb.Upstream(p.Version), By: by}
		}
	}
}

// file notes a file that is opened by its path.
func (n *baseNeeds) file(at, by string) {
	if old, ok := n.files[at]; !ok || by < old {
		n.files[at] = by
	}
}

// edges notes what files of the cut find in the run image: libraries that they open by name, and programs.
func (n *baseNeeds) edges(s *slicer.Selection) {
	for _, e := range s.Edges {
		at := strings.TrimPrefix(e.To, "/")
		switch {
		case !n.floor.HasFile(at), n.floor.HasFile(strings.TrimPrefix(e.From, "/")): // its own libraries are the run image's affair
		case !debian.IsLibraryName(path.Base(at)):
			n.file(at, e.From)
		case !strings.Contains(e.Name, "/"):
			n.library(contract.NeededLibrary{Soname: e.Name, By: e.From})
		}
	}
}

// links notes where links of the layers and of the app lead into the run image.
func (n *baseNeeds) links(s *slicer.Selection, app map[string]string) {
	for at, to := range app {
		if to = debian.LinkTarget(at, to); n.floor.HasFile(to) {
			n.file(to, at)
		}
	}
	for _, f := range s.Files {
		if to := strings.TrimPrefix(f.Link, "/"); f.Kind == tree.Symlink && path.IsAbs(f.Link) && n.floor.HasFile(to) {
			n.file(to, contract.LayerPath(f.Layer, f.Path))
		}
	}
}

// slices notes what was asked for by the name of a slice and not cut, because the run image has it. Of a pattern the directory
// counts.
func (n *baseNeeds) slices(definitions *release.Release, names []slicer.Named) {
	if definitions == nil {
		return
	}
	for _, name := range names {
		pkg, slice, _ := strings.Cut(name.Name, "_")
		definition := definitions.Package(pkg)
		if definition == nil || definition.Slices[slice] == nil || !n.floor.HasPackage(pkg) {
			continue
		}
		for at, info := range definition.Slices[slice].Contents {
			at = strings.Trim(at, "/")
			literal, _, pattern := strings.Cut(at, "*")
			if info.Until != "" {
				continue
			}
			if pattern {
				at = path.Dir(literal + "x")
			}
			if at != "." && n.floor.HasFile(at) || pattern && n.floor.HasBelow(at) {
				n.file(at, name.Name)
			}
		}
	}
}

// behindDoors notes the doors through which files of the cut are seen, and the locales among these.
func (n *baseNeeds) behindDoors(s *slicer.Selection) {
	for _, f := range s.Files {
		if f.Kind == tree.Directory {
			continue
		}
		if d, ok := n.floor.Doors.At(f.Path); ok && n.floor.Shows(f.Layer, f.Path) {
			n.doors[d.Path] = d
		}
		if strings.HasPrefix(f.Path, "usr/lib/locale/") {
			n.madeWith([]string{"libc6"}, contract.LayerPath(f.Layer, f.Path))
		}
	}
}

// door notes the door that leads to a place in a layer.
func (n *baseNeeds) door(target, layer string) {
	for _, d := range n.floor.Doors {
		if d.Layer == layer && d.Target == target {
			n.doors[d.Path] = d
		}
	}
}

func (n *baseNeeds) wellKnown() {
	all := anyProgram
	if len(n.libraries) > 0 {
		all = slices.Concat(all, dynamicPrograms)
	}
	for _, at := range all {
		if _, ok := n.files[at]; !ok && n.floor.HasFile(at) {
			n.files[at] = "any program"
		}
	}
}

// sorted is what the image needs, each list by its names.
func (n *baseNeeds) sorted(arch, floor string) *contract.Needs {
	all := &contract.Needs{Schema: contract.NeedsSchema, RunImage: n.floor.ID, Floor: floor, Arch: arch}
	for _, soname := range slices.Sorted(maps.Keys(n.libraries)) {
		all.Libraries = append(all.Libraries, *n.libraries[soname])
	}
	for _, at := range slices.Sorted(maps.Keys(n.files)) {
		all.Files = append(all.Files, contract.NeededFile{Path: at, By: n.files[at]})
	}
	all.Doors = slices.SortedFunc(maps.Values(n.doors), func(a, b contract.Door) int { return cmp.Compare(a.Path, b.Path) })
	for _, name := range slices.Sorted(maps.Keys(n.packages)) {
		all.Packages = append(all.Packages, n.packages[name])
	}
	return all
}
