package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/image/runimage"
	"whittle.dev/whittle/slicer/contract"
)

// found is a spec with the release that it belongs to.
type found struct {
	*runimage.Spec
	release fs.FS
	name    string  // of the release, for names and suites: debian-13
	dir     string  // of the spec, in which promises/ is; empty of one that whittle brings
	beside  []fs.FS // the directories of the spec and of those that it extends
}

// maxExtends is how many specs may extend one another.
const maxExtends = 8

// findSpec finds a spec and those that it extends, and makes one of them.
func (b *imageBuild) findSpec(arg string, released bool, above ...string) (*found, error) {
	f, err := b.oneSpec(arg, released)
	if err != nil || f.Extends == "" {
		return f, err
	}
	above = append(above, f.Path)
	if len(above) > maxExtends {
		return nil, fmt.Errorf("cannot read run image spec %s: specs extend one another: %s", f.Path, strings.Join(above, ", "))
	}
	base, err := b.findSpec(f.extended(), released, above...)
	if err != nil {
		return nil, fmt.Errorf("%w (extended by %s)", err, f.Path)
	}
	if f.Spec, err = f.Over(base.Spec); err != nil {
		return nil, err
	}
	f.release, f.name, f.beside = base.release, base.name, append(f.beside, base.beside...)
	return f, nil
}

// extended is the argument by which the spec that this one extends is found.
func (f *found) extended() string {
	switch {
	case strings.Contains(f.Extends, "/"):
		return f.Extends
	case f.dir != "":
		return filepath.Join(f.dir, f.Extends+".yaml")
	default:
		return f.name + "/" + f.Extends
	}
}

// oneSpec reads a spec from a file, whose release is the directory above its own (unless --release says otherwise), or
// by the name RELEASE/NAME from a release that whittle brings.
func (b *imageBuild) oneSpec(arg string, released bool) (*found, error) {
	if i, err := os.Stat(arg); err == nil && !i.IsDir() {
		return b.specFile(arg, released)
	}
	release, name, ok := strings.Cut(strings.TrimSuffix(arg, ".yaml"), "/")
	if !ok || strings.Contains(name, "/") {
		return nil, fmt.Errorf("cannot find run image spec %s: there is no such file, and it is not the RELEASE/NAME of one "+
			"that whittle brings (%s)", arg, strings.Join(embeddedSpecs(), ", "))
	}
	files, err := (&origin{release: release}).files()
	if err != nil {
		return nil, err
	}
	beside, err := fs.Sub(files, "run")
	if err != nil {
		return nil, fmt.Errorf("cannot find run image spec %s: %w", arg, err)
	}
	f := &found{name: release, release: files, beside: []fs.FS{beside}}
	f.Spec, err = runimage.ReadSpec(files, "run/"+name+".yaml")
	return f, err
}

func (b *imageBuild) specFile(arg string, released bool) (*found, error) {
	full, err := filepath.Abs(arg)
	if err != nil {
		return nil, fmt.Errorf("cannot find run image spec: %w", err)
	}
	dir := filepath.Dir(full)
	release, err := openFolder(filepath.Dir(dir))
	if err != nil {
		return nil, err
	}
	beside, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	f := &found{name: filepath.Base(filepath.Dir(dir)), release: release, dir: dir, beside: []fs.FS{beside}}
	if f.Spec, err = runimage.ReadSpec(f.release, path.Join(filepath.Base(dir), filepath.Base(full))); err != nil {
		return nil, err
	}
	if released {
		f.name = path.Base(filepath.ToSlash(b.release))
		f.release, err = b.files()
	}
	return f, err
}

func embeddedSpecs() []string {
	var names []string
	for _, release := range embedded() {
		fsys, err := (&origin{release: release}).files()
		if err != nil {
			continue
		}
		specs, err := fs.Glob(fsys, "run/*.yaml")
		for _, s := range specs {
			if err == nil {
				names = append(names, release+"/"+strings.TrimSuffix(path.Base(s), ".yaml"))
			}
		}
	}
	return names
}

// promiseName is where beside a spec the promise of an ID is.
func promiseName(id, arch string) string { return path.Join("promises", id+"."+arch+".json") }

// promised is what is promised of an ID, beside one of the directories of specs; nil where nothing is.
func promised(id, arch string, beside []fs.FS) (*contract.Promise, error) {
	for _, dir := range beside {
		p, err := readPromise(dir, promiseName(id, arch))
		if !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
	}
	return nil, nil
}

func readPromise(fsys fs.FS, name string) (*contract.Promise, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read promise: %w", err)
	}
	return readNamed(f, name, contract.ReadPromise)
}

// broughtPromise is what is promised of an ID of a release that whittle brings; nil where nothing is.
func broughtPromise(id, arch string) (*contract.Promise, error) {
	var beside []fs.FS
	for _, name := range embedded() {
		files, err := (&origin{release: name}).files()
		if err != nil {
			return nil, err
		}
		run, err := fs.Sub(files, "run")
		if err != nil {
			return nil, err
		}
		beside = append(beside, run)
	}
	return promised(id, arch, beside)
}
