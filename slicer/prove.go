package slicer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
)

// Proof is what Prove looks at: the run image's floor, what was cut, and the app's own files.
type Proof struct {
	Arch    string
	Floor   *Floor     // nil when the files are a whole root
	Files   []*planned // what was cut; none for an image that is only read
	Objects []Object
}

// Report is what a proof found.
type Report struct {
	Findings []Finding  // none: the image is complete, as far as ELF files tell
	Notes    []Note     // what is believed of the programs that load modules
	Skipped  []Omission // ELF files that were not looked at: of another machine, for another C library, or broken
}

// Prove is Examine for those who only want to know what is missing.
func Prove(ctx context.Context, pr Proof) ([]Finding, error) {
	r, err := Examine(ctx, pr)
	if err != nil {
		return nil, err
	}
	return r.Findings, nil
}

// Examine checks, as the loader would, that every needed library, interpreter, symbol version and strong undefined
// symbol of the image's ELF files is there.
func Examine(ctx context.Context, pr Proof) (*Report, error) {
	v, err := pr.view(ctx)
	if err != nil {
		return nil, err
	}
	found, err := closure.Prove(v.roots, v.floor, v.search)
	if err != nil {
		return nil, fmt.Errorf("cannot prove the closure: %w", err)
	}
	report := &Report{Findings: findings(found.Findings)}
	for _, n := range found.Notes {
		report.Notes = append(report.Notes, Note{Importer: n.Importer, Symbols: n.Symbols, Provider: n.Provider, Program: n.Program})
	}
	report.Skipped = v.skipped
	return report, nil
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
func Unused(ctx context.Context, pr Proof, u Uses) ([]string, error) {
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
	skipped []Omission
}

// view reads the ELF files of the image, with their symbols: the app's first, then those that were cut, by layer and path.
func (pr Proof) view(ctx context.Context) (*view, error) {
	files := slices.SortedFunc(slices.Values(pr.Files), comparePlaces)
	machine := debian.Machine(pr.Arch)
	v := &view{floor: pr.Floor.closureLibraries(), search: closure.Search{
		SearchDirs: closure.DefaultDirs(machine), Links: linksOf(pr.Floor, slices.Values(files)),
		CacheDirs: cacheDirs(pr.Floor, debian.Triplet(pr.Arch), slices.Values(files), LayerLibs, LayerSlices),
	}}
	for _, o := range pr.Objects {
		object, why, err := readAppObject(o, pr.Arch, closure.WithSymbols)
		if err != nil {
			return nil, err
		}
		if why != "" {
			v.skipped = append(v.skipped, Omission{Name: o.Path, Reason: why, By: "app"})
		}
		if object != nil {
			v.roots = append(v.roots, closure.Library{Path: o.Path, Object: object, Origin: "app"})
		}
	}
	slices.SortFunc(v.skipped, func(a, b Omission) int { return strings.Compare(a.Name, b.Name) })
	v.skipped = slices.Compact(v.skipped)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("cannot prove the closure: %w", err)
		}
		o, err := f.elf(closure.WithSymbols)
		if err != nil {
			return nil, err
		}
		if o != nil && o.RunsOn(pr.Arch) {
			v.roots = append(v.roots, closure.Library{Path: pr.Floor.At(f.Layer, f.Path), Object: o, Origin: f.owner()})
		}
	}
	return v, nil
}

func findings(found []closure.Finding) []Finding {
	var out []Finding
	for _, f := range found {
		out = append(out, Finding{
			Kind: FindingKind(f.Kind), Importer: f.Importer, Name: f.Name, Version: f.Version, Provider: f.Provider,
			Reason: string(f.Reason), Has: debian.WhoHas(f.Version),
		})
	}
	return out
}
