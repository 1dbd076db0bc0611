package inspect

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/launch"
	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
)

// Floor is all that a run image has, read from its files, doors and libraries themselves, and of its packages what its manifest lists;
// nothing of it is what the image says about its floor.
func Floor(o *image.Opened) (*contract.Floor, error) {
	f, err := floor(o)
	if err != nil {
		return nil, fmt.Errorf("cannot tell what run image %s has: %w", o.Ref, err)
	}
	return f, nil
}

func floor(o *image.Opened) (*contract.Floor, error) {
	if o.Config == nil || o.Config.Config.Labels[lifecycle.BaseID] == "" {
		return nil, fmt.Errorf("it has no label %s, so it is the run image of no contract", lifecycle.BaseID)
	}
	manifests, err := Manifests(o)
	if err != nil {
		return nil, err
	}
	f := &contract.Floor{
		Schema: contract.FloorSchema, ID: o.Config.Config.Labels[lifecycle.BaseID], Arch: Arch(o, nil), Links: map[string]string{},
		Doors: doorsOf(o.FS),
	}
	if dirs, ok := launch.Variable(o.Config.Config.Env, "PATH"); ok {
		f.Path = strings.Split(dirs, ":")
	}
	for _, m := range manifests {
		for _, p := range m.Packages {
			f.Packages = append(f.Packages, contract.FloorPackage{Name: p.Name, Version: p.Version})
		}
	}
	slices.SortFunc(f.Packages, func(a, b contract.FloorPackage) int { return strings.Compare(a.Name, b.Name) })
	if err := fs.WalkDir(o.FS, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return addTo(o, f, name, e)
	}); err != nil {
		return nil, err
	}
	slices.Sort(f.Files)
	slices.SortFunc(f.Libraries, func(a, b contract.FloorLibrary) int { return strings.Compare(a.Path, b.Path) })
	return f, nil
}

// addTo adds a file or link of the image to the floor, at the path where it is seen. Doors, records, documents and the layers of apps
// are not in a floor.
func addTo(o *image.Opened, f *contract.Floor, name string, e fs.DirEntry) error {
	own, ok := f.Doors.Own(name)
	switch {
	case ok:
	case paths.IsBelow(name, "layers", "cnb", "workspace"):
		return nil
	default:
		own = name
	}
	if _, door := f.Doors.At(own); door && !ok || own == contract.RunManifest || debian.IsRecord(own) {
		return nil
	}
	if e.Type()&fs.ModeSymlink != 0 {
		to, err := o.FS.ReadLink(name)
		if err != nil {
			return err
		}
		f.Files, f.Links[own] = append(f.Files, own), to
		return nil
	}
	info, err := e.Info()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	f.Files = append(f.Files, own)
	open := func() (packages.ReaderAtCloser, error) { return packages.OpenIn(o.FS, name) }
	library, err := slicer.LibraryOf(slicer.Object{Path: "/" + own, Open: open}, info.Size(), f.Arch)
	if library != nil {
		f.Libraries = append(f.Libraries, *library)
	}
	return err
}

// doorsOf are the links of an image that lead into layers of whittle's, sorted by path.
func doorsOf(f *layerfs.FS) contract.Doors {
	var doors contract.Doors
	// The walk is over an index in memory, which has no errors.
	_ = fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink == 0 || paths.IsBelow(name, "layers") {
			return err
		}
		to, err := f.ReadLink(name)
		if below, ok := strings.CutPrefix(to, contract.BuildpackDir+"/"); err == nil && ok {
			layer, target, _ := strings.Cut(below, "/")
			d := contract.Door{Path: name, Layer: layer, Target: target}
			if info, err := f.Lstat(strings.TrimPrefix(to, "/")); err == nil && info.IsDir() && !d.Shared() && name == target {
				d.Filled = true
			}
			doors = append(doors, d)
		}
		return nil
	})
	slices.SortFunc(doors, func(a, b contract.Door) int { return strings.Compare(a.Path, b.Path) })
	return doors
}
