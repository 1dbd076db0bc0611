// Package rootfs is what makes a directory a root beside the files of a cut: the links of the merged /usr, accounts, and the
// directories that programs make files in.
package rootfs

import (
	"archive/tar"
	"crypto/sha256"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

//go:embed accounts
var accountFiles embed.FS

// Accounts are texts of files by their paths: those by which programs find out who they are and where their home is, for a root
// without accounts of its own: those that every Debian system has (base-passwd), because its packages name them in their
// configuration, and nonroot as in the run images, with no shell for any. Node, Python's getpass and many more fail where nobody is
// named; nginx wants www-data.
var Accounts = map[string]string{"etc/group": accountsIn("group"), "etc/passwd": accountsIn("passwd")}

func accountsIn(name string) string {
	text, err := accountFiles.ReadFile("accounts/" + name)
	if err != nil {
		panic(err) // it is a part of the program
	}
	return string(text)
}

// workDirs are the directories of every Debian system in which programs expect to be able to make files, and the home of
// nonroot, with their modes. Everything belongs to root, so the home is open to whoever is not.
var workDirs = map[string]int64{"home/nonroot": 0o1777, "run": 0o755, "tmp": 0o1777, "var/log": 0o755, "var/tmp": 0o1777}

// Basics are what a root has beside the cut. The links of the merged /usr every root has; the directories for files that programs
// make, and Debian's accounts, one in which programs run. Essential packages of Debian have them, so that nothing depends on those.
// A root of data alone is copied into another one, whose accounts and directories stay as they are.
func Basics(files []manifest.File, programs bool) []manifest.File {
	if !programs {
		return usrMerge(files)
	}
	return slices.Concat(usrMerge(files), directories(files), accounts(files))
}

// directories are those of workDirs that the files do not have.
func directories(files []manifest.File) []manifest.File {
	var made []manifest.File
	for _, at := range slices.Sorted(maps.Keys(workDirs)) {
		if !slices.ContainsFunc(files, func(f manifest.File) bool { return f.Path == at || strings.HasPrefix(f.Path, at+"/") }) {
			made = append(made, manifest.File{
				Layer: contract.LayerSlices, Path: at, Kind: tree.Directory, Mode: fmt.Sprintf("%04o", workDirs[at]), Why: []manifest.Reason{{Kind: manifest.Generated}},
			})
		}
	}
	return made
}

// accounts are those of Accounts that the files do not have.
func accounts(files []manifest.File) []manifest.File {
	var made []manifest.File
	for _, name := range slices.Sorted(maps.Keys(Accounts)) {
		if !slices.ContainsFunc(files, func(f manifest.File) bool { return f.Path == name }) {
			made = append(made, manifest.File{
				Layer: contract.LayerSlices, Path: name, Kind: tree.File, Mode: "0644", Size: int64(len(Accounts[name])),
				SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(Accounts[name]))), Why: []manifest.Reason{{Kind: manifest.Generated}},
			})
		}
	}
	return made
}

// IsBasic tells whether a file of a manifest is one of the basics.
func IsBasic(f manifest.File) bool {
	link := f.Kind == tree.Symlink && f.Link == "usr/"+f.Path
	_, account := Accounts[f.Path]
	_, isWorkDir := workDirs[f.Path]
	return f.Package == "" && (account || link && !strings.Contains(f.Path, "/") || isWorkDir && f.Kind == tree.Directory)
}

// usrMerge lists the links by which a merged root reaches its files: /lib64 for the loader that every program names,
// /bin for "#!/bin/sh". Debian's base-files has them, but few cuts name base-files, and without them nothing starts.
// A link is made where its directory below usr has files, and nothing of the cut stands at the link's own path.
func usrMerge(files []manifest.File) []manifest.File {
	var links []manifest.File
	for _, name := range debian.MergedDirs {
		wanted, taken := false, false
		for _, f := range files {
			wanted = wanted || strings.HasPrefix(f.Path, "usr/"+name+"/")
			taken = taken || f.Path == name || strings.HasPrefix(f.Path, name+"/")
		}
		if wanted && !taken {
			links = append(links, manifest.File{
				Layer: contract.LayerSlices, Path: name, Kind: tree.Symlink, Mode: "0777", Link: "usr/" + name, Why: []manifest.Reason{{Kind: manifest.Generated}},
			})
		}
	}
	return links
}

// Add writes links, directories and accounts into a tree.
func Add(t tree.Tree, made []manifest.File) error {
	for _, f := range made {
		if text, ok := Accounts[f.Path]; ok {
			if err := tree.AddFile(t, f.Path, []byte(text)); err != nil {
				return err
			}
			continue
		}
		h := &tar.Header{Typeflag: tar.TypeSymlink, Name: f.Path, Linkname: f.Link, Mode: 0o777}
		if f.Kind == tree.Directory {
			h = &tar.Header{Typeflag: tar.TypeDir, Name: f.Path + "/", Mode: workDirs[f.Path]}
		}
		if err := t.Add(h, nil); err != nil {
			return err
		}
	}
	return nil
}

// WithFiles is a manifest with more files, sorted by path.
func WithFiles(m *manifest.Manifest, more []manifest.File) *manifest.Manifest {
	all := *m
	all.Files = slices.Concat(m.Files, more)
	slices.SortStableFunc(all.Files, func(a, b manifest.File) int { return strings.Compare(a.Path, b.Path) })
	return &all
}
