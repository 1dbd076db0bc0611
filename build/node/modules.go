package node

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// The layers of an app's packages. The build works with node_modules where every tool expects it, in the app's folder; what
// the image has of it is moved into a layer of its own afterwards, and linked.
const (
	layerModules = "modules"       // in the image: the packages that run
	layerAll     = "modules-build" // for the next build: all packages, as they were installed
)

// moduleFolders are the folders with a node_modules of their own, as paths below top: "." and workspace members.
func (a *app) moduleFolders() []string {
	var all []string
	for _, f := range a.all() {
		rel, err := filepath.Rel(a.top.dir, f.dir)
		if err == nil && filepath.IsLocal(rel) {
			all = append(all, rel)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// installedFolders are those that have a node_modules now, and no link in its place.
func (a *app) installedFolders() []string {
	return slices.DeleteFunc(a.moduleFolders(), func(rel string) bool {
		info, err := os.Lstat(filepath.Join(a.top.dir, rel, "node_modules"))
		return err != nil || !info.IsDir()
	})
}

// modulesKey identifies an installation: what is installed, by what, for what.
func (a *app) modulesKey() (string, error) {
	k := language.NewKey()
	k.Add(a.manager.name, a.manager.berry, a.manager.specs(), a.Tools, a.Setting("BP_LOCK"), a.Debug)
	for _, e := range a.engines {
		k.Add(e.name, e.release.Version, e.key)
	}
	for _, f := range a.all() {
		if err := f.addTo(k); err != nil {
			return "", err
		}
	}
	return k.String(), nil
}

// ofInstallation are the files of a folder that decide what an installation makes.
var ofInstallation = slices.Concat(
	[]string{".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", ".pnpmfile.cjs", "bunfig.toml", "binding.gyp"}, lockFiles, []string{"package.json", "package.json5"},
)

// addTo adds to the key of an installation what a folder has to say of it: files, patches, and schemas from which packages generate
// code while they are installed.
func (f folder) addTo(k *language.Key) error {
	for _, name := range ofInstallation {
		data, err := fs.ReadFile(f.files, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", f.path(name), err)
		}
		k.Add(f.rel, name, string(data))
	}
	for _, dir := range []string{"patches", ".yarn/patches", "prisma"} {
		at := filepath.Join(f.dir, dir)
		if !language.Exists(at) {
			continue
		}
		counts := func(base string) bool { return dir != "prisma" || strings.HasSuffix(base, ".prisma") }
		if err := k.Tree(at, counts); err != nil {
			return fmt.Errorf("cannot read %s: %w", f.path(dir), err)
		}
	}
	return nil
}

// specs are what is said about the manager's version, for keys.
func (m manager) specs() []string {
	var all []string
	for _, w := range m.wishes {
		all = append(all, w.Spec)
	}
	return all
}

// restore copies every node_modules out of a layer, where keeping put it.
func (a *app) restore(layer string) error {
	for _, rel := range a.moduleFolders() {
		from := filepath.Join(layer, rel, "node_modules")
		if !language.Exists(from) {
			continue
		}
		to := filepath.Join(a.top.dir, rel, "node_modules")
		if err := os.RemoveAll(to); err != nil {
			return fmt.Errorf("cannot replace node_modules: %w", err)
		}
		if err := copyTree(from, to); err != nil {
			return fmt.Errorf("cannot use node_modules of the last build: %w", err)
		}
	}
	return nil
}

// moveModules moves every node_modules into the layer, which has the shape of the workspace, so that links between them
// hold. Links to members of the workspace lead to the app's folder.
func (a *app) moveModules(layer string) error {
	for _, rel := range a.installedFolders() {
		from := filepath.Join(a.top.dir, rel, "node_modules")
		if err := relink(from); err != nil {
			return err
		}
		if err := move(from, filepath.Join(layer, rel, "node_modules")); err != nil {
			return err
		}
	}
	return nil
}

// linkModules links every node_modules of the layer from where modules look for it.
func (a *app) linkModules(layer string) error {
	for _, rel := range a.moduleFolders() {
		at := filepath.Join(layer, rel, "node_modules")
		if !language.Exists(at) {
			continue
		}
		link := filepath.Join(a.top.dir, rel, "node_modules")
		if err := os.RemoveAll(link); err != nil {
			return fmt.Errorf("cannot replace node_modules: %w", err)
		}
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return fmt.Errorf("cannot link node_modules: %w", err)
		}
		if err := os.Symlink(at, link); err != nil {
			return fmt.Errorf("cannot link node_modules: %w", err)
		}
	}
	return nil
}

// relink makes the links of a node_modules absolute that lead to folders beside it; those into some node_modules stay, as
// they move along.
func relink(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink == 0 {
			return err
		}
		target, err := os.Readlink(name)
		if err != nil || filepath.IsAbs(target) {
			return err
		}
		to := filepath.Join(filepath.Dir(name), target)
		if strings.Contains(to+"/", "/node_modules/") {
			return nil
		}
		if err := os.Remove(name); err != nil {
			return err
		}
		return os.Symlink(to, name)
	})
}

var (
	// foreign are folders of prebuilt binaries for other systems and processors, by the names of prebuildify, node-gyp-build
	// and their kin.
	foreign = regexp.MustCompile(`^(?:darwin|win32|android|freebsd|openbsd|sunos|aix|ios|linux|linuxmusl)-?(?:x64|ia32|arm64|arm|armv\d|ppc64|ppc|s390x|riscv64|mips\w*|loong64|x64\+arm64)?$`)
	// compiled matches native modules that were compiled here: where node-gyp and node-pre-gyp put them.
	compiled = regexp.MustCompile(`/build/Release/|/lib/binding/`)
	// leftovers are what compiling leaves and nothing reads: sources, headers, objects. Native modules for Bare (".bare"), another
	// runtime, go with them.
	leftovers = []string{".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".o", ".a", ".d", ".gyp", ".gypi", ".mk", ".vcxproj", ".tsbuildinfo", ".bare"}
	// bookkeeping is what package managers note for themselves; some of it tells when and where they ran.
	bookkeeping = []string{".package-lock.json", ".modules.yaml", ".yarn-integrity", ".yarn-state.yml", ".pnpm-workspace-state.json", ".pnpm-workspace-state-v1.json", ".cache", ".vite", ".vite-temp", ".package-map.json"}
)

// trim removes from installed packages what does not run: binaries for other systems, sources and objects of native
// modules, caches. Symbols of native modules go too.
func (a *app) trim(ctx context.Context, dir string) error {
	var addons []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch base := e.Name(); {
		case a.isLeft(filepath.Base(filepath.Dir(name)), base, e.IsDir()):
			if err := os.RemoveAll(name); err != nil || !e.IsDir() {
				return err
			}
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		case slices.Contains(leftovers, filepath.Ext(base)) || base == "Makefile":
			return os.Remove(name)
		case isBinaryName(base):
			gone, err := a.dropForeign(name)
			if err == nil && !gone && strings.HasSuffix(base, ".node") {
				addons = append(addons, name)
			}
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot trim the installed packages: %w", err)
	}
	if err := a.dropOtherVersions(addons); err != nil {
		return err
	}
	for _, file := range addons {
		if !compiled.MatchString(file) || !language.Exists(file) {
			continue
		}
		if err := a.Strip(ctx, file); err != nil {
			return err
		}
	}
	return language.RemoveEmpty(dir)
}

// isLeft tells whether a file or folder, by its name and its folder's, is one that package managers note for themselves, that is for other
// systems, or that compiling leaves.
func (a *app) isLeft(parent, base string, dir bool) bool {
	switch parent {
	case "node_modules", ".pnpm":
		if slices.Contains(bookkeeping, base) || parent == ".pnpm" && base == "lock.yaml" {
			return true
		}
	case "prebuilds":
		if dir && foreign.MatchString(base) && !a.isNative(base) {
			return true
		}
	case "Release":
		if dir && (base == "obj.target" || base == ".deps") {
			return true
		}
	}
	return dir && base == "node_gyp_bins"
}

// isNative tells whether a folder of prebuilt binaries is for the image.
func (a *app) isNative(base string) bool {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[a.Arch]
	return base == "linux-"+arch || base == "linux"
}

// isBinaryName tells whether a file may be a program or library, by its name.
func isBinaryName(base string) bool {
	ext := filepath.Ext(base)
	return ext == ".node" || ext == ".dll" || ext == ".exe" || ext == ".dylib" || ext == "" || strings.Contains(base, ".so")
}

// dropForeign removes a program or library that can't run in the image: of another system, processor or C library.
func (a *app) dropForeign(name string) (bool, error) {
	head, err := readHead(name, 4)
	if err != nil || len(head) < 4 {
		return false, err
	}
	switch {
	case strings.HasPrefix(head, "MZ") && filepath.Ext(name) != "",
		head == "\xcf\xfa\xed\xfe" || head == "\xca\xfe\xba\xbe" && filepath.Ext(name) != "" || head == "\xfe\xed\xfa\xcf":
		return true, os.Remove(name)
	case head != elf.ELFMAG:
		return false, nil
	}
	o, err := readELF(name)
	if err != nil || o == nil {
		return false, err // no loader will read it either
	}
	musl := slices.ContainsFunc(o.Needed, func(l string) bool { return l == "libc.so" || strings.HasPrefix(l, "libc.musl-") })
	if !musl && o.RunsOn(a.Arch) {
		return false, nil
	}
	return true, os.Remove(name)
}
