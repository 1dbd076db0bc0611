package slicer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Selection is the ordered, conflict-free list of what a cut will write, and the way to the bytes. It holds no clock
// and no address: equal selections give equal trees.
type Selection struct {
	Manifest
	files    []*planned     // parallel to Manifest.Files
	packages []*Package     // parallel to Manifest.Packages
	base     []FloorLibrary // libraries of the run image
	loader   *[]byte        // the loader's cache, of a selection that was kept; nil of others
}

// finish checks the plan as a whole and makes it a selection.
func (p *plan) finish() (*Selection, error) {
	s := &Selection{files: p.sorted()}
	s.Manifest = Manifest{Schema: ManifestSchema, Arch: p.want.Arch}
	if f := p.want.Floor; f != nil {
		s.RunImage = &RunImage{ID: f.ID, Floor: f.Digest()}
		s.base = f.Libraries
	}
	if err := noFileBelowFile(s.files, p.want.Floor == nil); err != nil {
		return nil, err
	}
	for _, f := range s.files {
		if f.Kind == File.String() {
			if err := f.sum(); err != nil {
				return nil, err
			}
		}
		slices.SortFunc(f.Why, compareReasons)
		s.Files = append(s.Files, f.ManifestFile)
		if p.unseen(f) {
			s.Unseen = append(s.Unseen, f.Layer+":"+f.Path)
		}
	}
	if err := p.finishPackages(s); err != nil {
		return nil, err
	}
	if err := p.addWalls(s); err != nil {
		return nil, err
	}
	s.Edges = slices.SortedFunc(maps.Keys(p.edges), compareEdges)
	s.NotDone = p.undone
	s.Omitted = slices.SortedFunc(maps.Keys(p.omitted), func(a, b Omission) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.By, b.By), strings.Compare(a.Reason, b.Reason))
	})
	return s, nil
}

// addEssential adds the slices without files of their own that the given ones are essential for: without them the reasons
// would lead to a name that nothing is known of.
func (p *plan) addEssential(sliced map[string]bool) {
	queue := slices.Collect(maps.Keys(sliced))
	for len(queue) > 0 {
		s := p.slices[queue[0]]
		queue = queue[1:]
		if s == nil {
			continue
		}
		for _, r := range s.Why {
			if r.Kind == Essential && !sliced[r.By] {
				sliced[r.By] = true
				queue = append(queue, r.By)
			}
		}
	}
}

// finishPackages lists the packages that have at least one file in the selection, and their slices.
func (p *plan) finishPackages(s *Selection) error {
	used, sliced := map[string]bool{}, map[string]bool{}
	for _, f := range s.files {
		used[f.Package] = f.Package != ""
		sliced[f.Slice] = true
	}
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if !used[name] {
			continue
		}
		pkg := p.packages[name]
		text, err := p.copyright(pkg, 0)
		if err != nil {
			return err
		}
		s.packages = append(s.packages, pkg.Package)
		s.Packages = append(s.Packages, ManifestPackage{
			Name: pkg.Name, Version: pkg.Version, Arch: pkg.Architecture, Source: pkg.Source, SourceVersion: pkg.SourceVersion,
			SHA256: pkg.SHA256, Origin: pkg.Origin, Homepage: pkg.Homepage, Maintainer: pkg.Maintainer,
			Description: firstLine(pkg.Description), Section: pkg.Section, License: strings.Join(licenses(text), " AND "),
		})
	}
	p.addEssential(sliced)
	for _, name := range slices.Sorted(maps.Keys(p.slices)) {
		if sliced[name] {
			sl := *p.slices[name]
			slices.SortFunc(sl.Why, compareReasons)
			s.Slices = append(s.Slices, sl)
		}
	}
	return nil
}

// unseen tells whether a program that looks for a file at its own path will miss it: no door leads there. Libraries
// are found through the loader's cache; records and copyright files are read where they are.
func (p *plan) unseen(f *planned) bool {
	if p.want.Floor == nil || f.Kind == Directory.String() || p.want.Floor.Doors.Shows(f.Layer, f.Path) {
		return false
	}
	return !isBelowAny(f.Path, "var/lib/dpkg", "usr/share/doc") && !(f.Layer == LayerLibs || isLibraryName(baseName(f.Path)))
}

// noFileBelowFile refuses a selection in which a link or a file and a directory claim the same path: what is below a
// link would land behind it, wherever that leads. The layers of a root lie over each other.
func noFileBelowFile(files []*planned, oneRoot bool) error {
	at := func(layer, path string) place {
		if oneRoot {
			layer = ""
		}
		return place{layer, path}
	}
	leaves := map[place]*planned{}
	for _, f := range files {
		if f.Kind != Directory.String() {
			leaves[at(f.Layer, f.Path)] = f
		}
	}
	for _, f := range files {
		for up := parent(f.Path); up != ""; up = parent(up) {
			if l := leaves[at(f.Layer, up)]; l != nil {
				what := "a file"
				if l.Kind == Symlink.String() {
					what = "a link to " + l.Link
				}
				return fmt.Errorf("cannot take /%s of %s: package %s makes /%s %s", f.Path, f.owner(), l.owner(), l.Path, what)
			}
		}
	}
	return nil
}

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
			fmt.Fprintf(h, "%q %s %s %s %q\n", f.Path, f.Kind, f.Mode, f.SHA256, f.Link)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Size is the sum of the sizes of the layer's regular files, in bytes.
func (s *Selection) Size(layer string) int64 {
	var n int64
	for _, f := range s.Files {
		if f.Layer == layer {
			n += f.Size
		}
	}
	return n
}

func compareReasons(a, b Reason) int {
	return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.By, b.By), strings.Compare(a.Name, b.Name))
}

func compareEdges(a, b Edge) int {
	return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.Name, b.Name), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.To, b.To))
}

func baseName(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }
