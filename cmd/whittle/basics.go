package main

import (
	"archive/tar"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer"
)

// basics are what every root has beside the cut: the links of the merged /usr, and a directory for temporary files. An
// Essential package of Debian has them, so that nothing depends on it.
func basics(files []slicer.ManifestFile) []slicer.ManifestFile {
	made := usrMerge(files)
	if !slices.ContainsFunc(files, func(f slicer.ManifestFile) bool { return f.Path == "tmp" || strings.HasPrefix(f.Path, "tmp/") }) {
		made = append(made, slicer.ManifestFile{
			Layer: slicer.LayerSlices, Path: "tmp", Kind: "dir", Mode: "1777", Why: []slicer.Reason{{Kind: slicer.Generated}},
		})
	}
	return made
}

// isBasic tells whether a file of a manifest is one of the basics.
func isBasic(f slicer.ManifestFile) bool {
	link := f.Kind == "link" && f.Link == "usr/"+f.Path
	return f.Package == "" && !strings.Contains(f.Path, "/") && (link || f.Kind == "dir" && f.Path == "tmp")
}

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

// addBasics writes links and directories into a tree.
func addBasics(t slicer.Tree, made []slicer.ManifestFile) error {
	for _, f := range made {
		h := &tar.Header{Typeflag: tar.TypeSymlink, Name: f.Path, Linkname: f.Link, Mode: 0o777}
		if f.Kind == "dir" {
			h = &tar.Header{Typeflag: tar.TypeDir, Name: f.Path + "/", Mode: 0o1777}
		}
		if err := t.Add(h, nil); err != nil {
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
