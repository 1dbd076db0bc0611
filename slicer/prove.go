package slicer

import (
	"context"
	"fmt"
	"slices"

	"whittle.dev/whittle/slicer/internal/closure"
)

// Finding is something that an ELF file of the image needs and the image does not have.
type Finding struct {
	Kind     FindingKind `json:"kind"`
	Importer string      `json:"importer"`           // absolute path in the image
	Name     string      `json:"name"`               // soname, interpreter, version or symbol
	Version  string      `json:"version,omitempty"`  // of a symbol, or the version that a library lacks
	Provider string      `json:"provider,omitempty"` // the library that should have it
	Reason   string      `json:"reason,omitempty"`
	Package  string      `json:"package,omitempty"` // the Debian package that has it, where known
}

// FindingKind is what is missing.
type FindingKind string

// The kinds of findings.
const (
	MissingLibrary     FindingKind = "missing-library"
	MissingInterpreter FindingKind = "missing-interpreter"
	MissingVersion     FindingKind = "missing-version"
	MissingSymbol      FindingKind = "missing-symbol"
	DanglingLink       FindingKind = "dangling-link"
)

// String says the finding in one sentence without a full stop.
func (f Finding) String() string {
	var s string
	switch f.Kind {
	case MissingInterpreter:
		s = fmt.Sprintf("%s needs the loader %s", f.Importer, f.Name)
	case MissingVersion:
		s = fmt.Sprintf("%s needs version %s of %s", f.Importer, f.Version, orName(f.Provider, f.Name))
	case MissingSymbol:
		s = fmt.Sprintf("%s needs symbol %s", f.Importer, f.Name)
		if f.Version != "" {
			s += " of version " + f.Version
		}
		if f.Provider != "" {
			s += " from " + f.Provider
		}
	case DanglingLink:
		s = fmt.Sprintf("%s leads to %s, which is not there", f.Importer, f.Name)
	default:
		s = fmt.Sprintf("%s needs %s", f.Importer, f.Name)
	}
	if f.Reason != "" {
		s += " (" + f.Reason + ")"
	}
	if f.Package != "" {
		s += "; package " + f.Package + " has it"
	}
	return s
}

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
		}
		if p.want.Floor != nil && isLibc(baseName(m.Soname)) && !p.want.Floor.HasLibc() {
			f.Reason = "run image " + p.want.Floor.ID + " has no C library: it is for static programs"
		}
		if f.Kind == MissingLibrary && !isLibc(m.Soname) {
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

// Prove checks, as the loader would, that every needed library, interpreter, symbol version and strong undefined
// symbol of the image's ELF files is there. No findings mean that the image is complete, as far as ELF files tell.
func Prove(ctx context.Context, pr Proof) ([]Finding, error) {
	w := Want{Arch: pr.Arch, Floor: pr.Floor, Objects: pr.Objects}
	p := newPlan(ctx, w)
	if pr.Selection != nil {
		for _, f := range pr.Selection.files {
			p.add(f)
		}
	}
	p.options = []closure.Option{closure.WithSymbols}
	r, err := p.request(func(*planned) bool { return true }, pr.Objects)
	if err != nil {
		return nil, err
	}
	search := closure.Search{SearchDirs: r.SearchDirs, CacheDirs: r.CacheDirs, Links: r.Links}
	found, err := closure.Prove(r.Roots, r.Floor, search)
	if err != nil {
		return nil, fmt.Errorf("cannot prove the closure: %w", err)
	}
	return findings(found), nil
}

func findings(found []closure.Finding) []Finding {
	var out []Finding
	for _, f := range found {
		out = append(out, Finding{Kind: FindingKind(f.Kind), Importer: f.Importer, Name: f.Name, Version: f.Version, Provider: f.Provider, Reason: string(f.Reason)})
	}
	return out
}
