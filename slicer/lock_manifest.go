package slicer

// Manifest is what a lock knows of a cut, for comparing: the packages, and the files without the packages that have them.
func (c *LockedCut) Manifest() *Manifest {
	m := &Manifest{Schema: ManifestSchema, Arch: c.Arch, RunImage: c.RunImage, Archives: c.Archives}
	for _, p := range c.Packages {
		m.Packages = append(m.Packages, ManifestPackage{Name: p.Name, Version: p.Version, Arch: p.Arch, SHA256: p.SHA256, Origin: p.Origin})
	}
	for _, f := range c.Files {
		kind := Directory
		switch {
		case f.SHA256 != "":
			kind = File
		case f.Link != "":
			kind = Symlink
		}
		m.Files = append(m.Files, ManifestFile{Layer: f.Layer, Path: f.Path, Kind: kind, Mode: f.Mode, Size: f.Size, SHA256: f.SHA256, Link: f.Link})
	}
	return m
}
