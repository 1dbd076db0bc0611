package slicer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// Selection is the ordered, conflict-free list of what a cut will write, and the way to the bytes. Its manifest is complete: it
// names the definitions and the states of the archives too. It holds no clock and no address: equal selections give equal
// trees.
type Selection struct {
	manifest.Manifest
	// Dropped are the files that lost their setuid or setgid bit (Want.Unprivileged), as "slices:usr/bin/su".
	Dropped  []string
	files    []*plan.File            // parallel to Manifest.Files
	packages []*packages.Package     // parallel to Manifest.Packages
	base     []contract.FloorLibrary // libraries of the run image
	loader   *[]byte                 // the loader's cache, of a selection that was cached; nil of others
}

// selection checks the plan as a whole and makes it a selection.
func (p *selecting) selection() (*Selection, error) {
	s := &Selection{files: p.Sorted()}
	s.Manifest = manifest.Manifest{Schema: manifest.Schema, Arch: p.Want.Arch, Release: p.Want.ReleaseName, Archives: p.snapshots()}
	if f := p.Want.Floor; f.Layered() {
		s.RunImage = &manifest.RunImage{ID: f.ID, Floor: f.Digest()}
		s.base = f.Libraries
	}
	if err := noFileBelowFile(s.files, p.Want.Floor); err != nil {
		return nil, err
	}
	if p.Want.Unprivileged {
		var err error
		if s.Dropped, err = dropPrivileges(s.files); err != nil {
			return nil, err
		}
	}
	if err := sum(s.files); err != nil {
		return nil, err
	}
	if !p.Want.Floor.Layered() {
		linkNames(s.files)
	}
	for _, f := range s.files {
		slices.SortFunc(f.Why, manifest.CompareReasons)
		s.Files = append(s.Files, f.File)
		if p.unseen(f) {
			s.Unseen = append(s.Unseen, f.Layer+":"+f.Path)
		}
	}
	if err := p.addPackages(s); err != nil {
		return nil, err
	}
	if err := p.addWalls(s); err != nil {
		return nil, err
	}
	s.Edges = slices.SortedFunc(maps.Keys(p.Edges), manifest.CompareEdges)
	s.NotDone = p.maint.Undone
	s.Omitted = slices.SortedFunc(maps.Keys(p.Omitted), func(a, b manifest.Omission) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.By, b.By), strings.Compare(a.Reason, b.Reason))
	})
	return s, nil
}

// sum fills in the digests of files.
func sum(files []*plan.File) error {
	for _, f := range files {
		if f.Kind == tree.File {
			if err := f.Sum(); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropPrivileges takes from files and directories the bits by which a program gets another user's rights, and what lets others
// than their owner write to them. It returns the files that lost the former.
func dropPrivileges(files []*plan.File) (dropped []string, err error) {
	const special, others = 0o6000, 0o022
	for _, f := range files {
		if f.Kind == tree.Symlink {
			continue
		}
		mode, err := f.ModeBits()
		if err != nil {
			return nil, err
		}
		if mode&special != 0 && f.Kind == tree.File {
			dropped = append(dropped, f.Layer+":"+f.Path)
		}
		f.Mode = fmt.Sprintf("%04o", mode&^(special|others))
	}
	return dropped, nil
}

// snapshots are the states of the archives that were read, each once, in the order of the sources.
func (p *selecting) snapshots() []manifest.Snapshot {
	var all []manifest.Snapshot
	for _, source := range p.Want.Sources {
		for _, s := range source.Snapshots() {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// addEssential adds the slices without files of their own that the given ones are essential for: without them the reasons
// would lead to a name that nothing is known of.
func (p *selecting) addEssential(sliced map[string]bool) {
	queue := slices.Collect(maps.Keys(sliced))
	for len(queue) > 0 {
		s := p.Slices[queue[0]]
		queue = queue[1:]
		if s == nil {
			continue
		}
		for _, r := range s.Why {
			if r.Kind == manifest.Essential && !sliced[r.By] {
				sliced[r.By] = true
				queue = append(queue, r.By)
			}
		}
	}
}

// addPackages adds the packages that have at least one file in the selection, and their slices.
func (p *selecting) addPackages(s *Selection) error {
	used, sliced := map[string]bool{}, map[string]bool{}
	for _, f := range s.files {
		used[f.Package] = f.Package != ""
		sliced[f.Slice] = true
		for _, also := range f.AlsoIn {
			sliced[also] = true
		}
	}
	maps.Copy(sliced, p.Defined)
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if !used[name] {
			continue
		}
		pkg := p.Packages[name]
		text, err := p.copyright(pkg, 0)
		if err != nil {
			return err
		}
		s.packages = append(s.packages, pkg.Package)
		s.Packages = append(s.Packages, manifest.Package{
			Name: pkg.Name, Version: pkg.Version, Arch: pkg.Architecture, Source: pkg.Source, SourceVersion: pkg.SourceVersion,
			SHA256: pkg.SHA256, Origin: pkg.Origin, Homepage: pkg.Homepage, Maintainer: pkg.Maintainer,
			Description: firstLine(pkg.Description), Section: pkg.Section, License: strings.Join(licenses(text), " AND "),
		})
	}
	p.addEssential(sliced)
	for _, name := range slices.Sorted(maps.Keys(p.Slices)) {
		if sliced[name] {
			sl := *p.Slices[name]
			slices.SortFunc(sl.Why, manifest.CompareReasons)
			s.Slices = append(s.Slices, sl)
		}
	}
	return p.addUnfilled(s, used)
}

// addUnfilled adds the packages of which a slice was cut and no file.
func (p *selecting) addUnfilled(s *Selection, used map[string]bool) error {
	for _, sl := range s.Slices {
		if used[sl.Package] || !p.Defined[sl.Name] {
			continue
		}
		used[sl.Package] = true
		pkg, _, err := p.Lookup(sl.Package)
		if errors.Is(err, packages.ErrNoPackage) {
			continue // a name for slices of others
		}
		if err != nil {
			return err
		}
		s.Unfilled = append(s.Unfilled, manifest.Package{Name: pkg.Name, Version: pkg.Version, Arch: pkg.Architecture, SHA256: pkg.SHA256})
	}
	return nil
}

// unseen tells whether a program that looks for a file at its own path will miss it: no door leads there. Libraries
// are found through the loader's cache; records and copyright files are read where they are.
func (p *selecting) unseen(f *plan.File) bool {
	if f.Kind == tree.Directory || p.Want.Floor.Shows(f.Layer, f.Path) {
		return false
	}
	return !debian.IsRecord(f.Path) && !(f.Layer == contract.LayerLibs || debian.IsLibraryName(paths.Base(f.Path)))
}

// noFileBelowFile refuses a selection in which a link or a file and a directory claim the same path: what is below a
// link would land behind it, wherever that leads. The layers of a root lie over each other.
func noFileBelowFile(files []*plan.File, floor *contract.Floor) error {
	leaves := map[string]*plan.File{} // by place in the image
	for _, f := range files {
		if f.Kind != tree.Directory {
			leaves[floor.At(f.Layer, f.Path)] = f
		}
	}
	for _, f := range files {
		for up := paths.Parent(f.Path); up != ""; up = paths.Parent(up) {
			if l := leaves[floor.At(f.Layer, up)]; l != nil {
				what := "a file"
				if l.Kind == tree.Symlink {
					what = "a link to " + l.Link
				}
				return fmt.Errorf("cannot take /%s of %s: package %s makes /%s %s", f.Path, f.Owner(), l.Owner(), l.Path, what)
			}
		}
	}
	return nil
}

// Debs are the packages of the selection as their source describes them, parallel to those of the manifest.
func (s *Selection) Debs() []*packages.Package { return s.packages }

// Planned are the files of the selection with the way to their bytes, parallel to those of the manifest.
func (s *Selection) Planned() []*plan.File { return s.files }

// Layers names the layers of the selection, sorted.
func (s *Selection) Layers() []string {
	names := map[string]bool{}
	for _, f := range s.Files {
		names[f.Layer] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Digest identifies what Cut will write into the named layer: "sha256:" and hex. It is the layer's reuse key, and
// depends on paths, modes, links and contents only, never on the reasons.
func (s *Selection) Digest(layer string) string {
	h := sha256.New()
	fmt.Fprintf(h, "whittle layer 1 %s\n", s.Arch)
	for _, f := range s.Files {
		if f.Layer == layer {
			fmt.Fprintf(h, "%q %s %s %s %q", f.Path, f.Kind, f.Mode, f.SHA256, f.Link)
			if f.HardLink != "" {
				fmt.Fprintf(h, " %q", f.HardLink)
			}
			fmt.Fprintln(h)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Size is the sum of the sizes of the layer's files, in bytes; one of several names counts once.
func (s *Selection) Size(layer string) int64 {
	var n int64
	for _, f := range s.Files {
		if f.Layer == layer {
			n += f.Weight()
		}
	}
	return n
}
