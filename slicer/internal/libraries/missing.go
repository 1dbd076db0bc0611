package libraries

import (
	"cmp"
	"slices"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/packages"
)

// missing turns what the closure could not find into findings, with the package that would have it. A library that
// only whittle's rules or a note ask for is opened by programs that can do without it: it is listed as omitted, and so is one
// that comes into the container by itself.
func (p *Pass) missing(all []closure.Missing) []missing.Finding {
	var out []missing.Finding
	for _, m := range all {
		f := missing.Finding{
			Kind: missing.Library, Importer: cmp.Or(m.Importer, "the list of libraries"), Name: m.Soname, Version: m.Version,
			Provider: m.Provider, Reason: string(m.Reason),
		}
		injector, injected := closure.InjectorOf(m.Soname)
		switch {
		case injected && m.Reason == closure.BroughtAtStart:
			p.Omit(m.Soname, injector.Reason(), m.Importer)
			continue
		case m.Kind == closure.KindDlopenRule || m.Kind == closure.KindDlopenNote:
			p.Omit(m.Soname, "it may be loaded at run time, and no package has it", m.Importer)
			continue
		case m.Kind == closure.KindInterp:
			f.Kind = missing.Interpreter
		case m.Reason == closure.VersionNotProvided:
			f.Kind = missing.Version
			f.Has = p.whoHasVersion(m.Soname, m.Version)
		}
		if debian.IsLibc(paths.Base(m.Soname)) && !p.Want.Floor.HasLibc() {
			f.Reason = "run image " + p.Want.Floor.ID + " has no C library: it is for static programs"
		}
		if f.Kind == missing.Library && !debian.IsLibc(m.Soname) {
			f.Package = p.whoHas(m.Soname)
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// whoHas names a package that ships a library, for messages.
func (p *Pass) whoHas(soname string) string {
	for _, s := range p.Want.Sources {
		if owners, err := s.Owners(p.Ctx, soname); err == nil && len(owners) > 0 {
			return owners[0].Package
		}
	}
	return ""
}

// whoHasVersion says who has a version that a library lacks: Debian's releases, or the packages at hand.
func (p *Pass) whoHasVersion(soname, version string) string {
	if known := debian.WhoHas(version); known != "" {
		return known
	}
	for _, s := range p.Want.Sources {
		// It is for a message: a source that cannot tell is as one that does not know.
		if o, err := packages.FirstVersion(p.Ctx, s, soname, version); err == nil && o != nil {
			return o.String()
		}
	}
	return ""
}
