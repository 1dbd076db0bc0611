package slicer

import (
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// MakeFloor describes what a run image made of the selection promises: its packages, files, libraries with their
// symbols, and doors. A door that would hide a file of the image is an error; one that is shared hides none.
func MakeFloor(id string, s *Selection, doors contract.Doors) (*contract.Floor, error) {
	f := &contract.Floor{Schema: contract.FloorSchema, ID: id, Arch: s.Arch, Links: map[string]string{}, Doors: doors}
	for _, p := range s.Packages {
		f.Packages = append(f.Packages, contract.FloorPackage{Name: p.Name, Version: p.Version})
	}
	for _, file := range s.files {
		if d, ok := doors.At(file.Path); ok && !behind(d, file) && !paths.IsBelow(file.Path, "var/lib/dpkg", "usr/share/doc") {
			return nil, fmt.Errorf("cannot make run image %s: door /%s would hide /%s of package %s", id, d.Path, file.Path, file.Owner())
		}
		switch file.Kind {
		case tree.Symlink:
			f.Links[file.Path] = file.Link
			fallthrough
		case tree.File:
			if !paths.IsBelow(file.Path, "var/lib/dpkg", "usr/share/doc") {
				f.Files = append(f.Files, file.Path)
			}
		}
		lib, err := floorLibrary(file, s.Arch)
		if err != nil {
			return nil, err
		}
		if lib != nil {
			f.Libraries = append(f.Libraries, *lib)
		}
	}
	slices.Sort(f.Files)
	f.Files = slices.Compact(f.Files)
	slices.SortFunc(f.Libraries, func(a, b contract.FloorLibrary) int { return strings.Compare(a.Path, b.Path) })
	return f, nil
}

// behind tells whether the door leads to the run image's file, or stands for its directory.
func behind(d contract.Door, f *plan.File) bool {
	return d.Shared() && (f.Path != d.Path || f.Kind == tree.Directory)
}

// floorLibrary reads what a shared library of the run image exports; nil for other files.
func floorLibrary(f *plan.File, arch string) (*contract.FloorLibrary, error) {
	if f.Kind != tree.File || f.Size < 64 || !strings.Contains(paths.Base(f.Path), ".so") {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	o, err := packages.ReadELF(r, closure.WithSymbols)
	if err != nil {
		return nil, fmt.Errorf("cannot read /%s of %s: %w", f.Path, f.Owner(), err)
	}
	if o == nil || o.Soname == "" || !o.RunsOn(arch) {
		return nil, nil
	}
	fl := closure.Library{Path: "/" + f.Path, Object: o}.Floor()
	return &contract.FloorLibrary{Soname: fl.Soname, Path: fl.Path, Needed: fl.Needed, Versions: fl.Versions, Symbols: fl.Symbols}, nil
}
