package slicer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
)

// missing turns what the closure could not find into findings, with the package that would have it. A library that
// only whittle's rules or a note ask for is opened by programs that can do without it: it is listed as left out.
func (p *plan) missing(all []closure.Missing) []Finding {
	var out []Finding
	for _, m := range all {
		f := Finding{
			Kind: MissingLibrary, Importer: orName(m.Importer, "the list of libraries"), Name: m.Soname, Version: m.Version,
			Provider: m.Provider, Reason: string(m.Reason),
		}
		switch {
		case m.Kind == closure.KindDlopenRule || m.Kind == closure.KindDlopenNote:
			p.omit(m.Soname, "it may be loaded at run time, and no package has it", m.Importer)
			continue
		case m.Kind == closure.KindInterp:
			f.Kind = MissingInterpreter
		case m.Reason == closure.VersionNotProvided:
			f.Kind = MissingVersion
			f.Has = p.whoHasVersion(m.Soname, m.Version)
		}
		if p.want.Floor != nil && debian.IsLibc(paths.Base(m.Soname)) && !p.want.Floor.HasLibc() {
			f.Reason = "run image " + p.want.Floor.ID + " has no C library: it is for static programs"
		}
		if f.Kind == MissingLibrary && !debian.IsLibc(m.Soname) {
			f.Package = p.whoHas(m.Soname)
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// whoHas names a package that ships a library, for messages.
func (p *plan) whoHas(soname string) string {
	for _, s := range p.want.Sources {
		if owners, err := s.Owners(p.ctx, soname); err == nil && len(owners) > 0 {
			return owners[0].Package
		}
	}
	return ""
}

// Proof is what Prove looks at: the run image's floor, what was cut, and the app's own files.
type Proof struct {
	Arch      string
	Floor     *Floor     // nil when the selection is a whole root
	Selection *Selection // nil for none
	Objects   []Object
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
	p, r, err := pr.request(ctx)
	if err != nil {
		return nil, err
	}
	found, err := closure.Prove(r.Roots, r.Floor, searchOf(r))
	if err != nil {
		return nil, fmt.Errorf("cannot prove the closure: %w", err)
	}
	report := &Report{Findings: findings(found.Findings)}
	for _, n := range found.Notes {
		report.Notes = append(report.Notes, Note{Importer: n.Importer, Symbols: n.Symbols, Provider: n.Provider, Program: n.Program})
	}
	report.Skipped = slices.SortedFunc(maps.Keys(p.omitted), func(a, b Omission) int { return strings.Compare(a.Name, b.Name) })
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
	_, r, err := pr.request(ctx)
	if err != nil {
		return nil, err
	}
	return closure.Unneeded(r.Roots, r.Floor, searchOf(r), closure.Uses{Rules: r.Rules, Asked: u.Asked, Named: u.Named}), nil
}

func (pr Proof) request(ctx context.Context) (*plan, closure.Request, error) {
	p := newPlan(ctx, Want{Arch: pr.Arch, Floor: pr.Floor, Objects: pr.Objects})
	if pr.Selection != nil {
		for _, f := range pr.Selection.files {
			p.add(f)
		}
	}
	p.options = []closure.Option{closure.WithSymbols}
	r, err := p.request(func(*planned) bool { return true }, pr.Objects)
	return p, r, err
}

func searchOf(r closure.Request) closure.Search {
	return closure.Search{SearchDirs: r.SearchDirs, CacheDirs: r.CacheDirs, Links: r.Links}
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
