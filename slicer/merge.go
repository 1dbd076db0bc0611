package slicer

import (
	"cmp"
	"slices"
	"strings"
)

// MergeManifests makes one manifest of those of a run image and of the layers on it. Its files are at their places in the
// image, all in LayerSlices; a package that several have is there once.
func MergeManifests(all ...*Manifest) *Manifest {
	merged := &Manifest{Schema: ManifestSchema}
	for _, m := range all {
		merged.Arch = cmp.Or(merged.Arch, m.Arch)
		merged.Release = cmp.Or(merged.Release, m.Release)
		merged.Archives = append(merged.Archives, m.Archives...)
		merged.Packages = append(merged.Packages, m.Packages...)
		merged.Slices = append(merged.Slices, m.Slices...)
		merged.Edges = append(merged.Edges, m.Edges...)
		merged.Omitted = append(merged.Omitted, m.Omitted...)
		for _, f := range m.Files {
			f.Path, f.Layer = strings.TrimPrefix(m.Place(f), "/"), LayerSlices
			merged.Files = append(merged.Files, f)
		}
	}
	slices.SortStableFunc(merged.Packages, func(a, b ManifestPackage) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	merged.Packages = slices.CompactFunc(merged.Packages, func(a, b ManifestPackage) bool { return a.Name == b.Name && a.Version == b.Version })
	slices.SortStableFunc(merged.Slices, func(a, b ManifestSlice) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(merged.Files, func(a, b ManifestFile) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(merged.Edges, compareEdges)
	return merged
}

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
		m.Files = append(m.Files, ManifestFile{Layer: f.Layer, Path: f.Path, Kind: kind.String(), Mode: f.Mode, Size: f.Size, SHA256: f.SHA256, Link: f.Link})
	}
	return m
}

// DistroOf reads the name of a set of definitions, such as debian-13; the zero value for a name of another form.
func DistroOf(release string) Distro {
	id, version, ok := strings.Cut(release, "-")
	if !ok || strings.Trim(version, "0123456789.") != "" {
		return Distro{}
	}
	return Distro{ID: id, Version: version}
}
