package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
	"whittle.dev/whittle/trace"
)

// traced is the result for people and programs.
type traced struct {
	Command    string     `json:"command"`
	Exit       int        `json:"exit"` // of the command
	Additions  []addition `json:"additions"`
	Unowned    []string   `json:"unowned"` // opened files of no package
	Lock       string     `json:"lock,omitempty"`
	Foreign    int        `json:"foreign,omitempty"`    // system calls of another architecture, which were not looked at
	Unsearched string     `json:"unsearched,omitempty"` // why files that were looked for in vain could not be looked up
}

// addition is a name to cut, and what was seen of it.
type addition struct {
	Name    string    `json:"name"` // for cut: a slice, or a package
	Package string    `json:"package"`
	Files   []useSeen `json:"files"`
}

type useSeen struct {
	trace.Access
	Missing bool `json:"missing"` // looked for in vain
}

// found is what a file belongs to.
type owner struct {
	name, pkg string
}

// report tells what of the files that were seen is missing in the cut.
func (f *uses) report(ctx context.Context, seen *trace.Result) (*traced, error) {
	r := &traced{Additions: []addition{}, Unowned: []string{}, Foreign: seen.Foreign}
	all := map[owner][]useSeen{}
	for _, a := range seen.Opened {
		if f.have[a.Path] || f.have[debian.Merged(a.Path)] || !persistent(a.Path) {
			continue
		}
		o, err := f.ownerHere(ctx, a.Path)
		switch {
		case err != nil:
			return nil, err
		case o.pkg == "":
			r.Unowned = append(r.Unowned, a.Path)
		case o.name != "":
			all[o] = append(all[o], useSeen{Access: a})
		}
	}
	if f.cutRoot {
		owners, err := f.ownersOf(ctx, missed(seen))
		if errors.As(err, new(*blindError)) {
			r.Unsearched = explainError(err).Problem
		} else if err != nil {
			return nil, err
		}
		for _, a := range missed(seen) {
			if o, ok := owners[a.Path]; ok {
				all[o] = append(all[o], useSeen{Access: a, Missing: true})
			}
		}
	}
	for _, o := range slices.SortedFunc(maps.Keys(all), func(a, b owner) int { return strings.Compare(a.name, b.name) }) {
		r.Additions = append(r.Additions, addition{Name: o.name, Package: o.pkg, Files: all[o]})
	}
	return r, nil
}

// persistent tells whether a path can be of a package, and of a part that may be cut.
func persistent(at string) bool {
	top, _, _ := strings.Cut(strings.TrimPrefix(at, "/"), "/")
	if path.Base(at) == "gconv-modules.cache" || slices.ContainsFunc(left, func(l string) bool { return strings.HasPrefix(at, l) }) {
		return false
	}
	return !slices.Contains([]string{"proc", "sys", "dev", "run", "tmp", "home", "root"}, top)
}

// ownerHere finds the package of an opened file by dpkg's records, and the slice that brings it.
func (f *uses) ownerHere(ctx context.Context, at string) (owner, error) {
	if f.installed == nil {
		return owner{}, nil
	}
	found, err := f.installed.Owners(ctx, path.Base(at))
	if err != nil {
		return owner{}, err
	}
	for _, o := range found {
		if debian.Merged("/"+o.Path) != debian.Merged(at) {
			continue
		}
		p, err := f.installed.Package(ctx, o.Package)
		if err != nil {
			return owner{}, err
		}
		e, ok := f.entryAt(at)
		if !ok {
			e = packages.Entry{Path: o.Path}
		}
		e.Path = debian.Merged(e.Path)
		return owner{slicer.SliceFor(f.release, p, e, f.arch), p.Name}, nil
	}
	return owner{}, nil
}

// left are files, and directories with a slash, that are left out on purpose: programs look for translations, and the C
// library for its caches, and do well without.
var left = []string{
	"/etc/ld.so.preload", "/etc/ld.so.cache", "/etc/locale.alias", "/usr/share/locale/locale.alias",
	"/usr/lib/locale/locale-archive", "/usr/share/locale/", "/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/usr/share/help/",
}

// missed are the paths that were looked for in vain and may be of a package. A file that was then found elsewhere under its
// name was only searched for along a path.
func missed(seen *trace.Result) []trace.Access {
	found := map[string]bool{}
	for _, a := range seen.Opened {
		found[path.Base(a.Path)] = true
	}
	var all []trace.Access
	libraries := map[string]int{} // places in all, by name
	for _, a := range seen.Missing {
		base := path.Base(a.Path)
		if !persistent(a.Path) || found[base] {
			continue
		}
		// The loader asks for a library in many directories; the shortest path stands for all of them.
		i, again := libraries[base]
		switch {
		case !again:
			if fileKind(base) == "library" {
				libraries[base] = len(all)
			}
			all = append(all, a)
		case len(a.Path) < len(all[i].Path):
			all[i] = a
		}
	}
	return all
}

// ownersOf finds which packages of the archive have the files: first those of the cut, of which a part was left out, and
// those that have the file on this machine; then, for libraries, by their names; then by the archive's list of files.
func (f *uses) ownersOf(ctx context.Context, files []trace.Access) (map[string]owner, error) {
	owners := map[string]owner{}
	archive, err := f.fromArchive(ctx)
	if err != nil || len(files) == 0 {
		return owners, err
	}
	wanted, asked := map[string]bool{}, map[string][]string{} // by where the files are once /usr is merged
	for _, a := range files {
		at := debian.Merged(a.Path)
		wanted[at] = true
		asked[at] = append(asked[at], a.Path)
	}
	add := func(at string, o owner) {
		if o.name != "" {
			for _, a := range asked[at] {
				owners[a] = o
			}
		}
		delete(wanted, at)
	}
	near, err := f.onMachine(ctx, wanted)
	if err != nil {
		return owners, err
	}
	for _, name := range slices.Concat(f.packages, near) {
		if err := f.lookInto(ctx, archive, name, func(e packages.Entry) bool { return wanted["/"+e.Path] }, add); err != nil {
			return owners, err
		}
	}
	for _, at := range slices.Sorted(maps.Keys(wanted)) {
		if fileKind(path.Base(at)) != "library" {
			continue
		}
		if err := f.library(ctx, archive, at, add); err != nil {
			return owners, err
		}
	}
	if len(wanted) == 0 {
		return owners, nil
	}
	return owners, f.search(ctx, archive, wanted, add)
}

// onMachine lists the packages that have the files on this machine: those of the archive may have them, too.
func (f *uses) onMachine(ctx context.Context, wanted map[string]bool) ([]string, error) {
	if _, err := os.Stat("/var/lib/dpkg/status"); err != nil {
		return nil, nil
	}
	machine, err := packages.OpenInstalled("/", f.arch)
	if err != nil {
		return nil, err
	}
	defer machine.Close()
	var names []string
	for _, at := range slices.Sorted(maps.Keys(wanted)) {
		found, err := machine.Owners(ctx, path.Base(at))
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if debian.Merged("/"+o.Path) == at && !slices.Contains(names, o.Package) {
				names = append(names, o.Package)
			}
		}
	}
	return names, nil
}

// lookInto looks for entries of a package of the archive.
func (f *uses) lookInto(ctx context.Context, archive *packages.Archive, name string, is func(packages.Entry) bool, add func(string, owner)) error {
	p, err := archive.Package(ctx, name)
	if errors.Is(err, packages.ErrNoPackage) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := archive.Contents(ctx, p)
	if err != nil {
		return err
	}
	for _, e := range c.Entries {
		if e.Kind != tree.Directory && is(e) {
			add("/"+e.Path, owner{slicer.SliceFor(f.release, p, e, f.arch), name})
		}
	}
	return nil
}

// library finds a shared library by its name, wherever the loader looked for it.
func (f *uses) library(ctx context.Context, archive *packages.Archive, at string, add func(string, owner)) error {
	found, err := archive.Owners(ctx, path.Base(at))
	if err != nil && ctx.Err() == nil || len(found) == 0 {
		return nil // the search of the list tells what is wrong with it
	}
	if err != nil {
		return err
	}
	o := found[0]
	return f.lookInto(ctx, archive, o.Package, func(e packages.Entry) bool { return e.Path == o.Path }, func(_ string, by owner) { add(at, by) })
}

// search goes through the archive's list of files for what is still wanted.
func (f *uses) search(ctx context.Context, archive *packages.Archive, wanted map[string]bool, add func(string, owner)) error {
	f.say.say("looking for files in the archive's list")
	pkgs := map[string]bool{}
	var at []string
	for p := range wanted {
		at = append(at, unmerged(strings.TrimPrefix(p, "/"))...)
	}
	err := archive.FilesMatching(ctx, at, func(p string) bool { return wanted[debian.Merged("/"+p)] }, func(o packages.Owner) bool {
		pkgs[o.Package] = true
		return true
	})
	if err != nil {
		return &blindError{asked: fmt.Sprintf("%d files that were looked for in vain, such as %s", len(wanted), slices.Sorted(maps.Keys(wanted))[0]), why: err}
	}
	for _, name := range slices.Sorted(maps.Keys(pkgs)) {
		if err := f.lookInto(ctx, archive, name, func(e packages.Entry) bool { return wanted["/"+e.Path] }, add); err != nil {
			return err
		}
	}
	return nil
}
