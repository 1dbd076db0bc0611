package node

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// module is an installed package: what its own package.json says, and the folder or archive that holds it.
type module struct {
	manifest manifest
	at       string // absolute
}

// modules lists the packages below a folder of installed ones, in the order of their folders.
func modules(dir string) ([]module, error) {
	var all []module
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Name() != "package.json" || !e.Type().IsRegular() || !isPackage(name) {
			return err
		}
		at := filepath.Dir(name)
		m, err := readManifest(os.DirFS(at))
		if err != nil {
			return nil // a file of a test suite or template, which npm does not read either
		}
		all = append(all, module{manifest: m, at: at})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot list the installed packages: %w", err)
	}
	return all, nil
}

// components describes installed packages, each version once, sorted. What brought each is told by the lock file's line,
// and by the packages that require it.
func (a *app) components(installed []module) ([]language.Component, error) {
	byPURL := map[string]language.Component{}
	requiredBy := map[string][]string{}
	for _, i := range installed {
		m := i.manifest
		if m.Name == "" || m.Version == "" {
			continue
		}
		purl := purl(string(m.Name), string(m.Version))
		paths := append(byPURL[purl].Paths, i.at)
		byPURL[purl] = language.Component{Name: string(m.Name), Version: string(m.Version), PURL: purl, License: string(m.License), Paths: paths}
		for _, d := range []texts{m.Dependencies, m.OptionalDependencies, m.PeerDependencies} {
			for required := range d {
				requiredBy[required] = append(requiredBy[required], string(m.Name))
			}
		}
	}
	lock, err := a.manager.lockText(a.top.files)
	if err != nil {
		return nil, err
	}
	lines := linesOf(lock)
	all := make([]language.Component, 0, len(byPURL))
	for _, c := range byPURL {
		c.From = a.origin(lines, c)
		if a.namedBy(c.Name) == "" {
			slices.Sort(requiredBy[c.Name])
			c.By = slices.Compact(requiredBy[c.Name])
		}
		slices.Sort(c.Paths)
		c.Paths = slices.Compact(c.Paths)
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}

// purl is the package URL of a package, whose scope is its namespace.
func purl(name, version string) string {
	scope, base, scoped := strings.Cut(name, "/")
	if !scoped {
		scope, base = "", name
	}
	return language.PURL("npm", scope, base, version)
}

// linesOf are the numbers of a lock's lines, by what each begins with up to the version: the first of each.
func linesOf(lock string) map[string]int {
	lines := map[string]int{}
	for n, line := range language.Lines(lock) {
		for _, entry := range entriesOf(strings.TrimSpace(line)) {
			if lines[entry] == 0 {
				lines[entry] = n
			}
		}
	}
	return lines
}

// inBun follows a name in the lines of Bun's lock that pin it.
const inBun = `": [`

// entriesOf is what a line of a lock may pin, in the forms by which origin asks: "a" and "node_modules/a" of npm, a and inBun of
// Bun, a@1.0.0, a/1.0.0 and a@ of the others.
func entriesOf(line string) []string {
	entry := strings.TrimLeft(line, `"'/`)
	var all []string
	if name, rest, quoted := strings.Cut(entry, `"`); quoted && line[0] == '"' && strings.HasPrefix(rest, ":") {
		all = append(all, name)
		if strings.HasPrefix(`"`+rest, inBun) {
			all = append(all, name+inBun)
		}
	}
	if end := strings.IndexAny(entry, `"':(, `); end >= 0 {
		entry = entry[:end]
	}
	if at := strings.LastIndexByte(entry, '@'); at > 0 {
		all = append(all, entry[:at+1])
	}
	return append(all, entry)
}

// origin is the line of the lock file that pinned a package, or else the manifest that asked for it.
func (a *app) origin(lines map[string]int, c language.Component) string {
	var entries []string // what a line pins
	switch a.manager.name {
	case "npm":
		entries = []string{"node_modules/" + c.Name, c.Name}
	case "pnpm":
		entries = []string{c.Name + "@" + c.Version, c.Name + "/" + c.Version}
	case "yarn":
		entries = []string{c.Name + "@"}
	case "bun":
		entries = []string{c.Name + inBun}
	}
	for _, entry := range entries {
		if n := lines[entry]; n > 0 {
			return fmt.Sprintf("%s:%d", a.top.path(a.manager.lock), n)
		}
	}
	return a.namedBy(c.Name)
}

// namedBy is the manifest that asks for a package; empty where none does.
func (a *app) namedBy(name string) string {
	for _, f := range a.all() {
		if f.manifest.needs(name) {
			return f.path(f.manifest.File)
		}
	}
	return ""
}

// isPackage tells whether a package.json is that of an installed package: node_modules/name or node_modules/@scope/name.
func isPackage(file string) bool {
	dir := filepath.Dir(file)
	parent := filepath.Dir(dir)
	if strings.HasPrefix(filepath.Base(parent), "@") {
		parent = filepath.Dir(parent)
	}
	return filepath.Base(parent) == "node_modules"
}
