package slicer

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
)

// wallName is the file that "generate: manifest" makes.
const wallName = "manifest.wall"

// addWalls adds chisel's manifest where a slice of the definitions generates it. It comes last, because it lists everything
// else. It lists itself as chisel does, without size and digest.
func (p *selecting) addWalls(s *Selection) error {
	var walls []*plan.File
	for _, name := range slices.Sorted(maps.Keys(p.Slices)) {
		for _, dir := range p.generates(name) {
			f := &plan.File{File: manifest.File{
				Layer: cmp.Or(p.Roots[name], contract.LayerSlices), Path: dir + "/" + wallName, Kind: tree.File, Mode: "0644",
				Slice: name, Why: []manifest.Reason{{Kind: manifest.Generated}},
			}}
			walls = append(walls, f)
		}
	}
	if walls == nil {
		return nil
	}
	for _, f := range walls {
		s.insert(f)
	}
	var text bytes.Buffer
	if err := s.EncodeWall(&text); err != nil {
		return err
	}
	sha, md := digest.Of(text.Bytes())
	for _, f := range walls {
		f.SHA256, f.MD5, f.Body, f.Size = sha, md, text.Bytes(), int64(text.Len())
		i, _ := s.position(f)
		s.Files[i] = f.File
	}
	return nil
}

// generates lists the directories for which a slice of the definitions generates a manifest.
func (p *selecting) generates(name string) []string {
	pkg, slice, _ := strings.Cut(name, "_")
	if !p.HasDefinition(pkg, debian.Class(slice)) {
		return nil
	}
	var dirs []string
	for path, info := range p.Want.Release.Package(pkg).Slices[slice].Contents {
		if info.Kind == release.Generate && (len(info.Arch) == 0 || slices.Contains(info.Arch, p.Want.Arch)) {
			dirs = append(dirs, strings.Trim(strings.TrimSuffix(path, "**"), "/"))
		}
	}
	slices.Sort(dirs)
	return dirs
}

// insert puts a file where it belongs in the order of the selection.
func (s *Selection) insert(f *plan.File) {
	i, _ := s.position(f)
	s.files = slices.Insert(s.files, i, f)
	s.Files = slices.Insert(s.Files, i, f.File)
}

func (s *Selection) position(f *plan.File) (int, bool) {
	return slices.BinarySearchFunc(s.Files, f.File, func(a, b manifest.File) int {
		return cmp.Or(strings.Compare(a.Layer, b.Layer), strings.Compare(a.Path, b.Path))
	})
}
