package main

import (
	"archive/tar"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer"
)

// usrMerge lists the links by which a merged root reaches its files: /lib64 for the loader that every program names,
// /bin for "#!/bin/sh". Debian's base-files has them, but few cuts name base-files, and without them nothing starts.
// A link is made where its directory below usr has files, and nothing of the cut stands at the link's own path.
func usrMerge(files []slicer.ManifestFile) []slicer.ManifestFile {
	var links []slicer.ManifestFile
	for _, name := range []string{"bin", "lib", "lib64", "sbin"} {
		wanted, taken := false, false
		for _, f := range files {
			wanted = wanted || strings.HasPrefix(f.Path, "usr/"+name+"/")
			taken = taken || f.Path == name || strings.HasPrefix(f.Path, name+"/")
		}
		if wanted && !taken {
			links = append(links, slicer.ManifestFile{
				Layer: slicer.LayerSlices, Path: name, Kind: "link", Mode: "0777", Link: "usr/" + name, Why: []slicer.Reason{{Kind: slicer.Generated}},
			})
		}
	}
	return links
}

// addLinks writes links into a tree.
func addLinks(t slicer.Tree, links []slicer.ManifestFile) error {
	for _, l := range links {
		if err := t.Add(&tar.Header{Typeflag: tar.TypeSymlink, Name: l.Path, Linkname: l.Link, Mode: 0o777}, nil); err != nil {
			return err
		}
	}
	return nil
}

// withFiles is the manifest with more files, sorted by path.
func withFiles(m *slicer.Manifest, more []slicer.ManifestFile) *slicer.Manifest {
	all := *m
	all.Files = slices.Concat(m.Files, more)
	slices.SortStableFunc(all.Files, func(a, b slicer.ManifestFile) int { return strings.Compare(a.Path, b.Path) })
	return &all
}
