package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/tree"
)

// wall is a wall in the reading.
type wall struct {
	m        *Manifest
	packages []Package
	n, count int // lines read, lines announced
	last     []byte
	inodes   map[string]uint64 // of files with several names, by place in the image
}

func (w *wall) line(text []byte) error {
	if w.n == 1 {
		return w.header(text)
	}
	if bytes.Compare(w.last, text) >= 0 {
		return errors.New("it is not in order")
	}
	w.last = bytes.Clone(text)
	var kind struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return err
	}
	switch kind.Kind {
	case "package":
		return w.pkg(text)
	case "slice":
		return w.slice(text)
	case "path":
		return w.path(text)
	default:
		return nil // content repeats what paths say; other kinds are of a later schema
	}
}

func (w *wall) header(text []byte) error {
	var h wallHeader
	if err := json.Unmarshal(text, &h); err != nil {
		return err
	}
	if !isMajor(h.JSONWall, "1") || !isMajor(h.Schema, "1") {
		return fmt.Errorf("jsonwall %q with schema %q; this whittle knows %s and %s", h.JSONWall, h.Schema, wallVersion, wallSchema)
	}
	w.count = h.Count
	return nil
}

func isMajor(version, want string) bool {
	major, _, ok := strings.Cut(version, ".")
	return ok && major == want
}

func (w *wall) pkg(text []byte) error {
	var p wallPackage
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	w.packages = append(w.packages, Package{Name: p.Name, Version: p.Version, Arch: p.Arch, SHA256: p.SHA256})
	if p.Arch != "all" && w.m.Arch == "" {
		w.m.Arch = p.Arch
	}
	return nil
}

func (w *wall) slice(text []byte) error {
	var s wallSlice
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	pkg, _, _ := strings.Cut(s.Name, "_")
	w.m.Slices = append(w.m.Slices, Slice{Name: s.Name, Package: pkg})
	return nil
}

func (w *wall) path(text []byte) error {
	var p wallPath
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	at := strings.TrimSuffix(strings.TrimPrefix(p.Path, "/"), "/")
	if !strings.HasPrefix(p.Path, "/") || !paths.IsClean(at) {
		return fmt.Errorf("path %q is not clean and absolute", p.Path)
	}
	mode, ok := parseMode(p.Mode)
	if !ok {
		return fmt.Errorf("path %q has mode %q", p.Path, p.Mode)
	}
	if p.Size < 0 {
		return fmt.Errorf("path %q has size %d", p.Path, p.Size)
	}
	f := File{Layer: contract.LayerSlices, Path: at, Kind: tree.File, Mode: fmt.Sprintf("%04o", mode), Size: p.Size, SHA256: p.SHA256, Link: p.Link}
	if p.FinalSHA256 != "" {
		f.SHA256, f.Listed = p.FinalSHA256, p.SHA256
	}
	switch {
	case strings.HasSuffix(p.Path, "/"):
		f.Kind = tree.Directory
	case p.Link != "":
		f.Kind = tree.Symlink
	}
	if len(p.Slices) > 0 {
		listed := slices.Compact(slices.Sorted(slices.Values(p.Slices)))
		if f.Slice = listed[0]; len(listed) > 1 {
			f.AlsoIn = listed[1:]
		}
		f.Package, _, _ = strings.Cut(f.Slice, "_")
	}
	if p.Inode != 0 {
		w.inodes[p.Path] = p.Inode
	}
	if rest, ok := strings.CutPrefix("/"+at, contract.BuildpackDir+"/"); ok {
		if layer, below, ok := strings.Cut(rest, "/"); ok {
			f.Layer, f.Path = layer, below
			w.m.RunImage = &RunImage{} // a wall does not name it, but the files are in layers
		}
	}
	w.m.Files = append(w.m.Files, f)
	return nil
}
