// Package verify proves an image as the dynamic loader would see it, from its files, links and ELF files alone; lists the
// libraries that nothing needs; and holds slice definitions against the packages of an archive.
package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/missing"
)

// Image is what Check and Unused look at: the run image's floor, what was cut, and the app's own files.
type Image struct {
	Arch    string
	Floor   *contract.Floor // nil when the files are a whole root
	Files   []*plan.File    // what was cut; none for an image that is only read
	Objects []slicer.Object
	// Links and LibraryPath are as those of a slicer.Want.
	Links       map[string]string
	LibraryPath []string
	// Memory bounds, in bytes, what may be kept of the ELF files among Objects, which hostile ones make much of; 0 for no bound.
	Memory int64
}

// Report is what a proof found.
type Report struct {
	Findings []missing.Finding   // none: the image is complete, as far as ELF files tell
	Notes    []Note              // what is believed of the programs that load modules
	Omitted  []manifest.Omission // ELF files that were not looked at: of another machine, for another C library, or broken
	// Libraries and Loaders are what the proof rests on below the layers: the floor's libraries, and loaders by their paths.
	Libraries []contract.NeededLibrary
	Loaders   []contract.NeededFile
}

// Findings is Check for those who only want to know what is missing.
func Findings(ctx context.Context, pr Image) ([]missing.Finding, error) {
	r, err := Check(ctx, pr)
	if err != nil {
		return nil, err
	}
	return r.Findings, nil
}

// Check proves, as the loader would, that every needed library, interpreter, symbol version and strong undefined symbol of
// the image's ELF files is there. What is not there is a finding, not an error; an error means that a file cannot be read.
func Check(ctx context.Context, pr Image) (*Report, error) {
	v, err := pr.view(ctx)
	if err != nil {
		return nil, err
	}
	found, err := closure.Prove(ctx, v.roots, v.floor, v.search)
	if err != nil {
		return nil, fmt.Errorf("cannot prove the closure: %w", err)
	}
	report := &Report{Findings: findings(found.Findings)}
	for _, n := range found.Notes {
		report.Notes = append(report.Notes, Note{Importer: n.Importer, Symbols: n.Symbols, Provider: n.Provider, Library: n.Library, Program: n.Program})
	}
	for _, u := range found.Floor {
		report.Libraries = append(report.Libraries, contract.NeededLibrary{Soname: u.Soname, By: u.By, Versions: u.Versions, Symbols: u.Symbols})
	}
	report.Loaders = v.loaders()
	report.Omitted = v.omitted
	return report, nil
}

// loaders are the dynamic loaders that the image's programs name, without those of layers.
func (v *view) loaders() []contract.NeededFile {
	by := map[string]string{}
	for _, l := range v.roots {
		at := strings.TrimPrefix(path.Clean("/"+l.Object.Interp), "/")
		if old, ok := by[at]; at != "" && !strings.HasPrefix(at, "layers/") && (!ok || l.Path < old) {
			by[at] = l.Path
		}
	}
	var all []contract.NeededFile
	for _, at := range slices.Sorted(maps.Keys(by)) {
		all = append(all, contract.NeededFile{Path: at, By: by[at]})
	}
	return all
}

// Uses is what is known of an image beside its ELF files' own needs.
type Uses struct {
	Asked []string            // absolute paths of libraries that somebody asked for by name
	Named map[string][]string // absolute path of a file, to base names of libraries that occur in it
}

// Unused lists the absolute paths of the shared libraries in the loader's directories that nothing is known to need:
// no program, no module and no library that one of them needs has them as DT_NEEDED, in a dlopen note or by a rule; nobody
// asked for them; and no file that is itself in use has their name in it. Libraries elsewhere are opened by path, and are
// never in the list. A program that puts a name together at run time is not seen.
func Unused(ctx context.Context, pr Image, u Uses) ([]string, error) {
	v, err := pr.view(ctx)
	if err != nil {
		return nil, err
	}
	return closure.Unneeded(v.roots, v.floor, v.search, closure.Uses{Rules: closure.Rules(), Asked: u.Asked, Named: u.Named}), nil
}

// view is an image as the loader sees it.
type view struct {
	roots   []closure.Library // every ELF file
	floor   []closure.FloorLibrary
	search  closure.Search
	omitted []manifest.Omission
}

// view reads the ELF files of the image, with their symbols: the app's first, then those that were cut, by layer and path.
func (pr Image) view(ctx context.Context) (*view, error) {
	files := slices.SortedFunc(slices.Values(pr.Files), plan.ComparePlaces)
	machine := debian.Machine(pr.Arch)
	v := &view{floor: pr.Floor.ClosureLibraries(), search: closure.Search{
		EnvDirs: pr.LibraryPath, SearchDirs: closure.DefaultDirs(machine), Links: plan.Links(pr.Floor, slices.Values(files), pr.Links),
		CacheDirs: plan.CacheDirs(pr.Floor, debian.Triplet(pr.Arch), slices.Values(files), contract.LayerLibs, contract.LayerSlices),
	}}
	opens, err := v.readApp(ctx, pr)
	if err != nil {
		return nil, err
	}
	app := v.roots
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("cannot prove the closure: %w", err)
		}
		o, err := f.ELF(closure.WithSymbols)
		if err != nil {
			return nil, err
		}
		if o != nil && o.RunsOn(pr.Arch) {
			v.roots = append(v.roots, closure.Library{Path: pr.Floor.At(f.Layer, f.Path), Object: o, Origin: f.Owner()})
		}
	}
	return v, v.omitPlugins(app, opens, pr.Floor)
}

// readApp reads the app's ELF files, and answers how they are opened, by path.
func (v *view) readApp(ctx context.Context, pr Image) (map[string]slicer.Object, error) {
	left := pr.Memory
	if left == 0 {
		left = math.MaxInt64
	}
	opens := map[string]slicer.Object{}
	for _, o := range pr.Objects {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("cannot prove the closure: %w", err)
		}
		object, why, err := plan.ReadAppObject(o, pr.Arch, closure.WithSymbols, closure.Within(left))
		if errors.Is(err, closure.ErrMemory) {
			return nil, tooMuch(o, pr.Memory)
		}
		if err != nil {
			return nil, err
		}
		if why != "" {
			v.omitted = append(v.omitted, manifest.Omission{Name: o.Path, Reason: why, By: "app"})
		}
		if object != nil {
			if left -= object.Cost(); left < 0 {
				return nil, tooMuch(o, pr.Memory)
			}
			v.roots = append(v.roots, closure.Library{Path: o.Path, Object: object, Origin: "app"})
			opens[o.Path] = o
		}
	}
	return opens, nil
}

// omitPlugins leaves the plugins of the app's packages out that need what the image has not, and sorts what is omitted.
func (v *view) omitPlugins(app []closure.Library, opens map[string]slicer.Object, floor *contract.Floor) error {
	cut := plan.LibraryNames(v.roots[len(app):])
	plugins, err := plan.Plugins(app, opens, func(soname string) bool { return cut[soname] || floor.HasLibrary(soname) })
	if err != nil {
		return fmt.Errorf("cannot prove the closure: %w", err)
	}
	for _, g := range plugins {
		v.omitted = append(v.omitted, manifest.Omission{Name: g.Path, Reason: g.Reason(), By: "app"})
	}
	v.roots = slices.DeleteFunc(v.roots, func(l closure.Library) bool {
		return slices.ContainsFunc(plugins, func(g plan.Plugin) bool { return g.Path == l.Path })
	})
	slices.SortFunc(v.omitted, func(a, b manifest.Omission) int { return strings.Compare(a.Name, b.Name) })
	v.omitted = slices.Compact(v.omitted)
	return nil
}

func tooMuch(o slicer.Object, memory int64) error {
	return fmt.Errorf("cannot prove the closure: at %s, what its ELF files say takes more than %d MB", o.Path, memory>>20)
}

func findings(found []closure.Finding) []missing.Finding {
	var out []missing.Finding
	for _, f := range found {
		out = append(out, missing.Finding{
			Kind: missing.Kind(f.Kind), Importer: f.Importer, Name: f.Name, Version: f.Version, Provider: f.Provider,
			Reason: string(f.Reason), Has: debian.WhoHas(f.Version),
		})
	}
	return out
}
