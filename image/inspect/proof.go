package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/launch"
	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/verify"
)

// Proof is what verify.Check wants to know of the whole image: its ELF files, and the links by which the loader may
// reach them. The loader's cache is told as links of its names in a directory that the loader searches, because that is
// what a cache does: it makes a name found whatever the directory.
func Proof(o *image.Opened, objects []slicer.Object) verify.Image {
	arch := Arch(o, objects)
	return verify.Image{Arch: arch, Objects: objects, Memory: max(1, o.FS.Memory()-o.FS.Memory()/archiveShare), LibraryPath: libraryPath(o), Floor: &contract.Floor{
		Schema: contract.FloorSchema, ID: o.Ref, Arch: arch, Links: links(o.FS, debian.Triplet(arch)),
	}}
}

// libraryPath is LD_LIBRARY_PATH of the image's processes: what the launcher puts in front, and what the config says. More than a
// variable can hold is left out: no process starts with it, which CannotStart tells.
func libraryPath(o *image.Opened) []string {
	dirs := launcherPath(o.FS)
	if o.Config == nil {
		return dirs
	}
	if value, ok := launch.Variable(o.Config.Config.Env, "LD_LIBRARY_PATH"); ok && len(value) <= launch.MaxValue {
		dirs = append(dirs, strings.Split(value, ":")...)
	}
	return slices.DeleteFunc(dirs, func(dir string) bool { return !path.IsAbs(dir) })
}

// launcherPath is LD_LIBRARY_PATH as the lifecycle's launcher makes it of folders named lib in layers: those of later buildpacks
// and layers first. An image without the launcher has none.
func launcherPath(f *layerfs.FS) []string {
	if _, err := f.Lstat("cnb/lifecycle/launcher"); err != nil {
		return nil
	}
	dirs, _ := layerDirs(f, "lib") // see libraryPath
	return dirs
}

func links(f *layerfs.FS, triplet string) map[string]string {
	all := map[string]string{}
	for name, target := range LoaderCache(f) {
		at := path.Join("usr/lib", triplet, name)
		if _, err := f.Lstat(at); err != nil {
			all[at] = target
		}
	}
	_ = fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink == 0 {
			return err
		}
		if to, err := f.ReadLink(name); err == nil {
			all[name] = to
		}
		return nil
	})
	return all
}

const loaderCache = "etc/ld.so.cache"

// maxCache bounds the loader's cache; that of a machine with 20,000 libraries has 2 MB.
const maxCache = 64 << 20

// LoaderCache lists the names of the loader's cache and the first path of each. An image without a cache, or with one that
// glibc would not read either, has none.
func LoaderCache(f *layerfs.FS) map[string]string {
	file, err := f.Open(loaderCache)
	if err != nil {
		return nil
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxCache))
	if err != nil {
		return nil
	}
	names, err := readCache(text)
	if err != nil {
		return nil
	}
	return names
}

var errCache = errors.New("not a loader's cache")

// readCache reads the names of a loader's cache, and the first path of each. An entry whose name is a path makes it none.
func readCache(text []byte) (map[string]string, error) {
	entries, err := closure.ReadCache(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCache, err)
	}
	names := map[string]string{}
	for _, e := range entries {
		if strings.Contains(e.Soname, "/") {
			return nil, fmt.Errorf("%w: its entry %q is no name", errCache, e.Soname)
		}
		if names[e.Soname] == "" {
			names[e.Soname] = e.Path
		}
	}
	return names, nil
}
