package slicer

import (
	"cmp"
	"errors"
	"path"
	"strings"

	"whittle.dev/whittle/internal/closure"
)

// takeModules plans the files that a library opens by directory, as far as the library's package, or one that the rule
// names, has them. It answers whether there was anything new.
func (p *libraryPass) takeModules(modules []closure.Module) (bool, error) {
	again := false
	for _, m := range modules {
		pkg, err := p.packageOfModules(m)
		if err != nil {
			return false, err
		}
		if pkg == nil {
			continue
		}
		why := Reason{Kind: DlopenRule, By: m.Library, Name: m.Rule}
		if m.Slice != "" && p.hasDefinition(pkg.Name, Class(m.Slice)) {
			taken, err := p.takeModuleSlice(pkg.Name+"_"+m.Slice, why)
			if err != nil {
				return false, err
			}
			again = again || taken
			continue
		}
		for _, e := range pkg.Entries {
			if e.Kind == Directory || p.here(e.Path) || p.left[e.Path] || !within(m.Glob, "/"+e.Path) {
				continue
			}
			if class := p.classOf(pkg, e); !ClassAll.has(class) {
				continue
			}
			if err := p.take(pkg, e, p.slice(pkg.Name, ClassData, why), LayerSlices, why); err != nil {
				return false, err
			}
			again = true
		}
	}
	return again, nil
}

// takeModuleSlice takes the slice of the definitions that has the modules of a library.
func (p *libraryPass) takeModuleSlice(name string, why Reason) (bool, error) {
	if p.slices[name] != nil {
		return false, nil
	}
	if err := p.addDefined([]Named{{Name: name, By: why.By, Kind: why.Kind, Layer: LayerSlices}}); err != nil {
		return false, err
	}
	if s := p.slices[name]; s != nil {
		s.Why = []Reason{why}
	}
	return true, nil
}

// packageOfModules is the package whose files a rule brings; nil where they are none of this cut's business: the library
// is of the run image or of the app, or a definition says which modules belong to it.
func (p *libraryPass) packageOfModules(m closure.Module) (*picked, error) {
	pkg, slice := p.packageAt(m.Library)
	if pkg == nil {
		return nil, nil
	}
	_, class, _ := strings.Cut(slice, "_")
	if p.hasDefinition(pkg.Name, Class(class)) && !p.hasDefinition(cmp.Or(m.Package, pkg.Name), Class(m.Slice)) {
		return nil, nil
	}
	if m.Package == "" {
		return pkg, nil
	}
	other, err := p.open(m.Package)
	if errors.Is(err, ErrNoPackage) {
		p.omit(m.Package, "it has what "+m.Rule+" is about, and no source has it: "+m.Why, m.Library)
		return nil, nil
	}
	return other, err
}

// noteHints lists what some programs load and others do without: it is named, never taken. What the run image's own
// libraries would like is no business of this cut.
func (p *libraryPass) noteHints(hints []closure.Hint) {
	for _, h := range hints {
		if _, script := p.named[h.Importer]; !script && p.app[h.Importer] == nil && p.fileAt(h.Importer) == nil {
			continue
		}
		name := h.Package
		if name == "" {
			name = strings.Join(h.Sonames, " or ")
		} else if _, taken := p.packages[name]; taken {
			continue
		}
		reason := "some programs need it at run time: " + h.Why
		if h.Why == "" {
			reason = "some programs need it at run time, for " + h.Rule
		}
		p.omit(name, reason, h.Importer)
	}
}

// within tells whether a path matches the glob, or lies below a directory that does.
func within(glob, at string) bool {
	for ; at != "/" && at != ""; at = path.Dir(at) {
		if ok, err := path.Match(glob, at); err == nil && ok {
			return true
		}
	}
	return false
}
