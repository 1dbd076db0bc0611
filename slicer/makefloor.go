package slicer

import (
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
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
		if d, ok := doors.At(file.Path); ok && !behind(d, file) && !debian.IsRecord(file.Path) {
			return nil, fmt.Errorf("cannot make run image %s: door /%s would hide /%s of package %s", id, d.Path, file.Path, file.Owner())
		}
		switch file.Kind {
		case tree.Symlink:
			f.Links[file.Path] = file.Link
			fallthrough
		case tree.File:
			if !debian.IsRecord(file.Path) {
				f.Files = append(f.Files, file.Path)
			}
		}
		if file.Kind != tree.File {
			continue
		}
		lib, err := LibraryOf(Object{Path: "/" + file.Path, Open: file.Open}, file.Size, s.Arch)
		if err != nil {
			return nil, fmt.Errorf("%w (of package %s)", err, file.Owner())
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

// LibraryOf reads what a shared library of an architecture exports; nil for another file. The file has so many bytes.
func LibraryOf(o Object, size int64, arch string) (*contract.FloorLibrary, error) {
	const header = 64
	if size < header || !strings.Contains(paths.Base(o.Path), ".so") {
		return nil, nil
	}
	r, err := o.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	object, err := packages.ReadELF(r, closure.WithSymbols)
	if err != nil {
		return nil, fmt.Errorf("cannot read library %s: %w", o.Path, err)
	}
	if object == nil || object.Soname == "" || !object.RunsOn(arch) {
		return nil, nil
	}
	l := closure.Library{Path: o.Path, Object: object}.Floor()
	return &contract.FloorLibrary{Soname: l.Soname, Path: l.Path, Needed: l.Needed, Versions: l.Versions, Symbols: l.Symbols}, nil
}
