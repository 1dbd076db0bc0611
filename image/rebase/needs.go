package rebase

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"whittle.dev/whittle/slicer/packages"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
)

// lacks tells what of an app's needs a run image does not have, a clause each.
func lacks(o *image.Opened, n *contract.Needs) ([]string, error) {
	var all []string
	cache := inspect.LoaderCache(o.FS)
	for _, l := range n.Libraries {
		object, err := library(o, l.Soname, n.Arch, cache)
		if err != nil {
			return nil, err
		}
		all = append(all, lacksOf(l, object)...)
	}
	for _, f := range n.Files {
		if _, err := o.FS.Stat(f.Path); errors.Is(err, fs.ErrNotExist) {
			all = append(all, fmt.Sprintf("it has no /%s%s", f.Path, which("needs", f.By)))
		} else if err != nil {
			return nil, err
		}
	}
	for _, d := range n.Doors {
		if reason := lacksDoor(o, d); reason != "" {
			all = append(all, reason)
		}
	}
	return lacksPackages(o, n.Packages, all)
}

// which is the clause about who needs something, where that is told.
func which(verb, by string) string {
	if by == "" {
		return ""
	}
	return ", which " + by + " " + verb
}

// library reads the library that the loader of the image takes for a soname; nil where it finds none of the architecture.
func library(o *image.Opened, soname, arch string, cache map[string]string) (*closure.Object, error) {
	var at []string
	if to := cache[soname]; to != "" {
		at = append(at, to)
	}
	for _, dir := range append(closure.DefaultDirs(debian.Machine(arch)), "/lib64", "/usr/lib64") {
		at = append(at, path.Join(dir, soname))
	}
	for _, name := range at {
		f, err := o.FS.Open(strings.TrimPrefix(path.Clean("/"+name), "/"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		object, err := readObject(f)
		if err != nil {
			return nil, fmt.Errorf("%s of %s cannot be read: %w", name, o.Ref, err)
		}
		if object != nil && object.RunsOn(arch) {
			return object, nil
		}
	}
	return nil, nil
}

// readObject reads an open file, with its symbols, and closes it; nil of what is no ELF file.
func readObject(f fs.File) (*closure.Object, error) {
	r, ok := f.(packages.ReaderAtCloser)
	if !ok { // a directory
		return nil, f.Close()
	}
	object, err := packages.ReadELF(r, closure.WithSymbols)
	return object, errors.Join(err, r.Close())
}

// lacksOf tells what of one library's needs it does not have.
func lacksOf(l contract.NeededLibrary, has *closure.Object) (all []string) {
	if has == nil {
		return []string{fmt.Sprintf("it has no %s%s", l.Soname, which("needs", l.By))}
	}
	defined := map[string]bool{}
	for _, v := range has.Provides {
		defined[v] = true
	}
	for _, v := range l.Versions {
		if len(defined) > 0 && !defined[v] {
			all = append(all, fmt.Sprintf("its %s lacks version %s%s", l.Soname, v, which("needs", l.By)))
		}
	}
	for _, s := range l.Symbols {
		if name, version, _ := strings.Cut(s, "@"); !has.HasSymbol(name, version) {
			all = append(all, fmt.Sprintf("its %s lacks the symbol %s%s", l.Soname, s, which("needs", l.By)))
		}
	}
	return all
}

// lacksDoor tells whether a door is not there, or leads elsewhere; empty where it is as it should be.
func lacksDoor(o *image.Opened, d contract.Door) string {
	to, err := o.FS.ReadLink(d.Path)
	switch {
	case err != nil:
		return fmt.Sprintf("it has no door /%s, through which files of the app's layer %s are seen", d.Path, d.Layer)
	case to != d.Link():
		return fmt.Sprintf("its /%s leads to %s, and files of the app are in %s", d.Path, to, d.Link())
	}
	return ""
}

// lacksPackages adds the packages of which the image has another upstream version than data or modules of the app were made with.
func lacksPackages(o *image.Opened, needed []contract.NeededPackage, all []string) ([]string, error) {
	if len(needed) == 0 {
		return all, nil
	}
	has, err := versions(o)
	if err != nil {
		return nil, err
	}
	for _, p := range needed {
		switch v := has[p.Name]; {
		case v == "":
			all = append(all, fmt.Sprintf("nothing tells its version of %s, and %s was made with %s", p.Name, p.By, p.Upstream))
		case deb.Upstream(v) != p.Upstream:
			all = append(all, fmt.Sprintf("its %s is %s, and %s works with %s only", p.Name, deb.Upstream(v), p.By, p.Upstream))
		}
	}
	return all, nil
}

// versions are the versions of the Debian packages that an image says it has: in whittle's manifest, or in the records of
// dpkg or of images that are made of single packages.
func versions(o *image.Opened) (map[string]string, error) {
	has := map[string]string{}
	manifests, err := inspect.Manifests(o)
	if err != nil && !errors.Is(err, inspect.ErrNoManifest) {
		return nil, err
	}
	for _, m := range manifests {
		for _, p := range m.Packages {
			has[p.Name] = p.Version
		}
	}
	records, err := fs.Glob(o.FS, "var/lib/dpkg/status.d/*")
	if err != nil {
		records = nil // the pattern is right, and the walk is over an index in memory
	}
	for _, name := range append(records, "var/lib/dpkg/status") {
		if err := record(o, name, has); err != nil {
			return nil, err
		}
	}
	return has, nil
}

// maxStatus bounds a record of dpkg, in bytes; that of a desktop with 3,000 packages has 4 MB.
const maxStatus = 64 << 20

// record adds the packages of one record of dpkg. A file that is none has none.
func record(o *image.Opened, name string, has map[string]string) error {
	f, err := o.FS.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxStatus))
	if err != nil {
		return err
	}
	_ = deb.ScanParagraphs(text, func(_, _ int, p []byte) error { // what cannot be read is no record
		name, version := string(deb.FieldOf(p, "Package")), string(deb.FieldOf(p, "Version"))
		if name != "" && version != "" && has[name] == "" {
			has[name] = version
		}
		return nil
	})
	return nil
}
