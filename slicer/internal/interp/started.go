package interp

import (
	"slices"
	"strings"

	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// addStarted takes the programs of Essential packages that ELF files and scripts of the plan start, /bin/sh for a command line among them: no
// package says that it depends on those. Files of packages that were taken whole count, and the libraries that these need: a slice
// is what its definition lists, and an image of such slices stays without a shell.
func (p *Pass) addStarted() error {
	for _, f := range p.Sorted() {
		names, err := p.startedBy(f)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			continue
		}
		p.started[f] = true
		if err := p.addEssential(f, names); err != nil {
			return err
		}
	}
	return nil
}

// startedBy are the programs that an ELF file starts or that a script of Python, Perl or Ruby runs, as far as they count and were
// not taken for it already.
func (p *Pass) startedBy(f *plan.File) ([]string, error) {
	if p.started[f] || f.From == nil || f.Kind != tree.File {
		return nil, nil
	}
	o, err := p.Object(f)
	switch {
	case err != nil:
		return nil, err
	case o == nil && p.Whole[f.Package] && !p.isModules(f.Package):
		return p.runBy(f)
	case o == nil || len(o.Starts) == 0 || !o.RunsOn(p.Want.Arch) || !p.Whole[f.Package] && !p.neededByWhole(f):
		return nil, nil
	}
	return o.Starts, nil
}

// isModules tells whether a package has nothing but modules of a language, which run programs for those who call them so: Perl's have
// one for nearly everything.
func (p *Pass) isModules(name string) bool {
	is, known := p.modules[name]
	if !known {
		is = p.RoleOf(p.Packages[name]) == resolve.RoleModules && !slices.ContainsFunc(p.Want.Names, func(n plan.Named) bool { return n.Name == name })
		p.modules[name] = is
	}
	return is
}

// runBy are the programs that a script runs; shell scripts are read for their commands elsewhere.
func (p *Pass) runBy(f *plan.File) ([]string, error) {
	if noted, ok := f.Facts(); ok {
		return strings.FieldsFunc(noted.Runs, func(r rune) bool { return r == '\n' }), nil
	}
	head, err := f.Head()
	if err != nil {
		return nil, err
	}
	l := script.ImportsAs(f.Path, f.At.Mode, head)
	if l == script.None {
		return nil, nil
	}
	text, err := f.Read(script.MaxSize)
	return script.Runs(l, text), err
}

// neededByWhole tells whether a file of a package that was taken whole needs a library by itself, not through others.
func (p *Pass) neededByWhole(f *plan.File) bool {
	return slices.ContainsFunc(f.Why, func(r manifest.Reason) bool {
		if r.Kind != manifest.Needed {
			return false
		}
		importer := p.FileAt(r.By)
		return importer != nil && p.Whole[importer.Package]
	})
}
