package archive

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/internal/deb"
)

const (
	dpkgStatus     = "var/lib/dpkg/status"
	dpkgStatusDir  = "var/lib/dpkg/status.d"
	dpkgInfo       = "var/lib/dpkg/info"
	dpkgDiversions = "var/lib/dpkg/diversions"
)

// Installed are the packages of a Debian root, as dpkg's records have them:
// var/lib/dpkg/status, or status.d of an image without dpkg, and the lists and
// digests of their files. Its methods may be used by several goroutines.
type Installed struct {
	root     *os.Root
	arch     string
	packages map[string]*Package
	conffile map[string][]string // the paths of a package's conffiles, from its status
	names    []string            // sorted
	merged   map[string]bool     // directories of the root that are links into usr
	diverted map[string]diversion

	foldersMu sync.Mutex
	folders   folders

	listsOnce sync.Once
	lists     map[string]string // as dpkg keeps them, by package
	listsErr  error

	ownersOnce sync.Once
	owners     map[string]string
	ownersErr  error
}

// A diversion moves a file of all packages but one out of its place.
type diversion struct{ to, except string }

// ReadInstalled reads which packages of arch (and all) are installed below
// root. Their files are looked at when they are asked for. A root without
// records has no packages.
func ReadInstalled(root, arch string) (*Installed, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("cannot read the installed packages: %w", err)
	}
	i := &Installed{
		root: r, arch: arch, packages: map[string]*Package{}, conffile: map[string][]string{},
		merged: map[string]bool{}, diverted: map[string]diversion{}, folders: folders{root: r},
	}
	if err := i.read(); err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("cannot read the installed packages of %s: %w", root, err)
	}
	return i, nil
}

// Close releases the root. Walk and Files fail from then on.
func (i *Installed) Close() error {
	i.foldersMu.Lock()
	defer i.foldersMu.Unlock()
	i.folders.closeFrom(0)
	return i.root.Close()
}

func (i *Installed) read() error {
	for _, dir := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32"} {
		info, err := i.root.Lstat(dir)
		i.merged[dir] = err == nil && info.Mode()&fs.ModeSymlink != 0
	}
	if err := i.readStatus(dpkgStatus, true); err != nil {
		return err
	}
	entries, err := fs.ReadDir(i.root.FS(), dpkgStatusDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".md5sums") || !e.Type().IsRegular() {
			continue
		}
		if err := i.readStatus(path.Join(dpkgStatusDir, e.Name()), false); err != nil {
			return err
		}
	}
	for name := range i.packages {
		i.names = append(i.names, name)
	}
	slices.Sort(i.names)
	return i.readDiversions()
}

// readStatus reads a status file. Those of status.d need no Status field: what
// is there is installed.
func (i *Installed) readStatus(name string, needsStatus bool) error {
	f, err := i.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	err = chunks(f, maxIndexSize, []byte("\n\n"), func(text []byte) error {
		return deb.ScanParagraphs(text, func(_, _ int, p []byte) error { return i.addStatus(p, needsStatus) })
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (i *Installed) addStatus(stanza []byte, needsStatus bool) error {
	status := string(deb.FieldOf(stanza, "Status"))
	if (needsStatus || status != "") && !isInstalled(status) {
		return nil
	}
	arch := string(deb.FieldOf(stanza, "Architecture"))
	if arch != i.arch && arch != "all" {
		return nil
	}
	p, err := parseStanza(stanza)
	if err != nil {
		return err
	}
	if err := deb.CheckPackageName(p.Name); err != nil {
		return fmt.Errorf("package name %q: %w", firstLine([]byte(p.Name)), err)
	}
	p.Origin = "installed"
	i.packages[p.Name] = p
	for line := range bytes.Lines(deb.FieldOf(stanza, "Conffiles")) {
		if fields := strings.Fields(string(line)); len(fields) >= 2 {
			i.conffile[p.Name] = append(i.conffile[p.Name], i.place(p.Name, fields[0]))
		}
	}
	return nil
}

// isInstalled reads dpkg's three words: what is wanted, a flag, and the state.
// A package whose triggers are still to run has all its files.
func isInstalled(status string) bool {
	words := strings.Fields(status)
	return len(words) == 3 && (words[2] == "installed" || strings.HasPrefix(words[2], "triggers-"))
}

// readDiversions reads the triples of dpkg-divert: the place, where files for it
// go instead, and the package that they do not come from (":" for none).
func (i *Installed) readDiversions() error {
	data, err := fs.ReadFile(i.root.FS(), dpkgDiversions)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for n := 0; n+2 < len(lines); n += 3 {
		i.diverted[i.clean(lines[n])] = diversion{i.clean(lines[n+1]), lines[n+2]}
	}
	return nil
}

// clean makes a path of dpkg's records relative, and follows /lib → /usr/lib
// and its like where the root has these links.
func (i *Installed) clean(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if first, _, _ := strings.Cut(name, "/"); i.merged[first] {
		return "usr/" + name
	}
	return name
}

// place is where a package's file really is.
func (i *Installed) place(pkg, name string) string {
	name = i.clean(name)
	if d, ok := i.diverted[name]; ok && d.except != pkg {
		return d.to
	}
	return name
}

// Names returns the names of the installed packages, sorted.
func (i *Installed) Names() []string { return slices.Clone(i.names) }

// Package returns an installed package. It has no Filename, Size or SHA256.
func (i *Installed) Package(name string) (*Package, bool) {
	p, ok := i.packages[name]
	return p, ok
}

// Providers returns the installed packages that provide a virtual name, sorted.
func (i *Installed) Providers(virtual string) []*Package {
	var all []*Package
	for _, name := range i.names {
		if p := i.packages[name]; p.provides(virtual) {
			all = append(all, p)
		}
	}
	return all
}

// Files returns what a package ships, sorted: clean relative paths with
// directories among them, diverted and merged into usr as on the disk.
func (i *Installed) Files(name string) ([]string, error) {
	p, ok := i.packages[name]
	if !ok {
		return nil, fmt.Errorf("cannot list the files of %s: %w installed", name, ErrNotFound)
	}
	data, err := i.info(p, "list")
	var files []string
	if err == nil {
		for line := range strings.Lines(data) {
			if file := i.place(name, strings.TrimRight(line, "\n")); file != "" {
				files = append(files, file)
			}
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		// An image made of slices has the digests only.
		files, err = i.filesOfSums(p)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot list the files of %s: %w", name, err)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// info reads a file of dpkg's info directory: package.kind, or with the
// architecture for packages that may be there twice.
func (i *Installed) info(p *Package, kind string) (string, error) {
	for _, name := range []string{p.Name + ":" + p.Architecture, p.Name} {
		data, err := fs.ReadFile(i.root.FS(), path.Join(dpkgInfo, name+"."+kind))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return string(data), err
		}
	}
	if kind != "md5sums" {
		return "", fs.ErrNotExist
	}
	data, err := fs.ReadFile(i.root.FS(), path.Join(dpkgStatusDir, p.Name+".md5sums"))
	return string(data), err
}

// MaintainerScript returns one of preinst, postinst, prerm, postrm and config,
// or the symbols file; ok=false if the package has none.
func (i *Installed) MaintainerScript(name, script string) (text string, ok bool, err error) {
	p, known := i.packages[name]
	if !known {
		return "", false, fmt.Errorf("cannot read the %s of %s: %w installed", script, name, ErrNotFound)
	}
	text, err = i.info(p, script)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return text, err == nil, err
}

// Owner returns the package that ships a path, which is clean and relative. Of
// a directory of several, it is the first by name.
func (i *Installed) Owner(file string) (pkg string, ok bool) {
	owners, err := i.allOwners()
	if err != nil {
		return "", false
	}
	pkg, ok = owners[i.clean(file)]
	return pkg, ok
}

// Owners returns the packages that ship a file with this base name, in the
// order of Archive.Owners. Of hundreds of lists of files those alone are taken
// apart that have the name in them.
func (i *Installed) Owners(base string) ([]Owner, error) {
	owners := map[string]string{}
	for _, name := range i.names {
		may, err := i.mayShip(name, base)
		if err != nil {
			return nil, err
		}
		if !may {
			continue
		}
		files, err := i.Files(name)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if path.Base(file) == base {
				owners[file] = cmp.Or(owners[file], name)
			}
		}
	}
	var found []Owner
	for file, pkg := range owners {
		found = append(found, Owner{file, pkg})
	}
	sortOwners(found)
	return found, nil
}

// mayShip tells whether the list of a package's files has a name in it; a
// package without a list may ship anything, and so may all where another
// package has a file of this name put aside.
func (i *Installed) mayShip(name, base string) (bool, error) {
	i.listsOnce.Do(func() {
		i.lists = map[string]string{}
		for _, name := range i.names {
			text, err := i.info(i.packages[name], "list")
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				i.listsErr = fmt.Errorf("cannot list the files of %s: %w", name, err)
				return
			}
			i.lists[name] = text
		}
	})
	if i.listsErr != nil {
		return false, i.listsErr
	}
	for _, d := range i.diverted {
		if path.Base(d.to) == base {
			return true, nil
		}
	}
	text := i.lists[name]
	return text == "" || strings.Contains(text, base), nil
}

func (i *Installed) allOwners() (map[string]string, error) {
	i.ownersOnce.Do(func() {
		i.owners = map[string]string{}
		for _, name := range i.names {
			files, err := i.Files(name)
			if err != nil {
				i.ownersErr = err
				return
			}
			for _, file := range files {
				i.owners[file] = cmp.Or(i.owners[file], name)
			}
		}
	})
	return i.owners, i.ownersErr
}
