package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
)

// Plugin is an ELF file of a package of the app's language that one beside it opens by name, and that needs a library which
// neither its package nor the image has. It is for those who have the library anyway, as a transport for InfiniBand is: whoever
// opens it goes on without it.
type Plugin struct {
	Path   string // absolute
	Opener string // absolute path of the file that names it
	Lacks  string // soname
}

// Reason says in a clause why a plugin is left alone.
func (g Plugin) Reason() string {
	return fmt.Sprintf("%s opens it where it can, and %s is not there", path.Base(g.Opener), g.Lacks)
}

// WhyLacking says in a clause why what a plugin lacks is not brought.
func (g Plugin) WhyLacking() string {
	return fmt.Sprintf("only plugins need it, which %s opens where it can", path.Base(g.Opener))
}

// Plugins tells which of the app's ELF files are plugins, sorted by path. Only packages that a package manager has put there may
// have some: what the app itself has is needed. There tells whether the image has a library, by its soname.
func Plugins(app []closure.Library, opens map[string]Object, there func(soname string) bool) ([]Plugin, error) {
	own := LibraryNames(app) // what the app and its packages bring
	needed := map[string]bool{}
	folders := map[string][]closure.Library{}
	for _, l := range app {
		folders[path.Dir(l.Path)] = append(folders[path.Dir(l.Path)], l)
		for _, soname := range l.Object.Needed {
			needed[path.Base(soname)] = true
		}
	}
	var all []Plugin
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		if !isInstalled(dir) {
			continue
		}
		for _, l := range folders[dir] {
			if l.Object.Executable() || needed[l.Object.Soname] || needed[path.Base(l.Path)] {
				continue
			}
			lacks := slices.IndexFunc(l.Object.Needed, func(soname string) bool {
				return !own[path.Base(soname)] && !isUsual(soname) && !there(soname)
			})
			if lacks < 0 {
				continue
			}
			opener, err := openerOf(l, folders[dir], opens)
			if err != nil {
				return nil, err
			}
			if opener != "" {
				all = append(all, Plugin{Path: l.Path, Opener: opener, Lacks: l.Object.Needed[lacks]})
			}
		}
	}
	return all, nil
}

// LibraryNames are the names by which some libraries are needed.
func LibraryNames(libraries []closure.Library) map[string]bool {
	all := map[string]bool{}
	for _, l := range libraries {
		all[l.Object.Soname], all[path.Base(l.Path)] = true, true
	}
	return all
}

// isInstalled tells whether a folder is of a package that a language's package manager has put there.
func isInstalled(dir string) bool {
	return slices.ContainsFunc(strings.Split(dir, "/"), func(name string) bool {
		return name == "site-packages" || name == "node_modules" || name == "gems"
	})
}

// usual are the libraries besides glibc's that a wheel may expect of every system (PEP 600), and OpenMP's, which many expect, too.
var usual = []string{
	"libgcc_s.so.1", "libstdc++.so.6", "libatomic.so.1", "libgomp.so.1", "libz.so.1", "libexpat.so.1", "libglib-2.0.so.0", "libgobject-2.0.so.0",
	"libgthread-2.0.so.0", "libGL.so.1", "libX11.so.6", "libXext.so.6", "libXrender.so.1", "libICE.so.6", "libSM.so.6",
}

func isUsual(soname string) bool {
	_, injected := closure.InjectorOf(soname)
	return injected || debian.IsLibc(path.Base(soname)) || slices.Contains(usual, soname) || strings.HasPrefix(path.Base(soname), "ld-linux")
}

// openerOf answers the file beside a library in whose bytes the library's name is; empty where there is none. Of a name that is not
// for the linker, two parts are enough, which are put together as the program runs: transport_fabric of "transport" and "fabric". A copy of the
// library under a name with more or less of its version has its name, too, and does not open it.
func openerOf(l closure.Library, beside []closure.Library, opens map[string]Object) (string, error) {
	stem, _, ok := strings.Cut(path.Base(l.Path), ".so")
	if !ok {
		return "", nil
	}
	names := []string{stem + ".so"}
	if at := strings.LastIndexAny(stem, "_-"); at > 0 && at+1 < len(stem) && !strings.HasPrefix(stem, "lib") {
		names = []string{stem[:at], stem[at+1:]}
	}
	for _, other := range beside {
		if strings.HasPrefix(path.Base(other.Path), stem+".so") {
			continue
		}
		found, err := has(opens[other.Path], names)
		if err != nil || found {
			return other.Path, err
		}
	}
	return "", nil
}

// searched is how much of a file is looked at at once, and maxName how long a file name may be, in bytes.
const searched, maxName = 1 << 20, 256

// has tells whether a file of the app has all of some names in its bytes.
func has(o Object, names []string) (bool, error) {
	r, err := o.Open()
	if err != nil {
		return false, fmt.Errorf("cannot read %s: %w", o.Path, err)
	}
	defer r.Close()
	left := slices.Clone(names)
	buffer := make([]byte, searched)
	for at := int64(0); ; at += searched - maxName {
		n, err := r.ReadAt(buffer, at)
		left = slices.DeleteFunc(left, func(name string) bool { return bytes.Contains(buffer[:n], []byte(name)) })
		switch {
		case len(left) == 0:
			return true, nil
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("cannot read %s: %w", o.Path, err)
		}
	}
}
