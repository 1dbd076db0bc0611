package lock

import (
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// Manifest is what a lock knows of a cut, for comparing: the packages, and the files without the packages that have them.
func (c *Cut) Manifest() *manifest.Manifest {
	m := &manifest.Manifest{Schema: manifest.Schema, Arch: c.Arch, RunImage: c.RunImage, Archives: c.Archives}
	for _, p := range c.Packages {
		m.Packages = append(m.Packages, manifest.Package{Name: p.Name, Version: p.Version, Arch: p.Arch, SHA256: p.SHA256, Origin: p.Origin})
	}
	for _, f := range c.Files {
		kind := tree.Directory
		switch {
		case f.SHA256 != "":
			kind = tree.File
		case f.Link != "":
			kind = tree.Symlink
		}
		m.Files = append(m.Files, manifest.File{Layer: f.Layer, Path: f.Path, Kind: kind, Mode: f.Mode, Size: f.Size, SHA256: f.SHA256, Link: f.Link})
	}
	return m
}
