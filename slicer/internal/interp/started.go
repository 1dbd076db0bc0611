package interp

import (
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
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
		p.started[f] = append(p.started[f], names...)
		if err := p.addEssential(f, names); err != nil {
			return err
		}
	}
	return nil
}

// startedBy are the programs that an ELF file starts or that a script of Python, Perl or Ruby runs, as far as they count and were
// not taken for it already.
func (p *Pass) startedBy(f *plan.File) ([]string, error) {
	if f.From == nil || f.Kind != tree.File {
		return nil, nil
	}
	o, err := p.Object(f)
	var names []string
	switch {
	case err != nil:
		return nil, err
	case o == nil && p.Whole[f.Package] && !p.isModules(f.Package):
		names, err = p.runBy(f)
	case o == nil || len(o.Starts) == 0 && !o.Shell || !o.RunsOn(p.Want.Arch):
	case p.Whole[f.Package] || p.neededByWhole(f, ""):
		names = slices.Clone(o.Starts)
		if o.Shell && p.runsLines(f, o) {
			names = append(names, "sh")
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return slices.Contains(p.started[f], n) }), err
}

// runsLines tells whether a file that hands command lines to a shell does so in the cut. Those of a library whose own strings
// name no program are its callers', or the environment's: $PAGER of a function of libpq that nobody calls. They count for the
// programs that it was made for, those of its own source package, and where it runs the scripts of a language.
func (p *Pass) runsLines(f *plan.File, o *closure.Object) bool {
	isLibrary := o.Soname != "" && o.Interp == ""
	return !isLibrary || len(o.Starts) > 0 || runsScripts.MatchString(o.Soname) || p.neededByWhole(f, p.Packages[f.Package].Source)
}

// runsScripts matches the libraries of languages whose scripts have a function like system.
var runsScripts = regexp.MustCompile(`^lib(?:lua|luajit|python|perl|ruby|guile|tcl|R)[-.\d]`)

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

// neededByWhole tells whether a file of a package that was taken whole, of one source package if that is named, needs a library by
// itself, not through others.
func (p *Pass) neededByWhole(f *plan.File, source string) bool {
	return slices.ContainsFunc(f.Why, func(r manifest.Reason) bool {
		if r.Kind != manifest.Needed {
			return false
		}
		importer := p.FileAt(r.By)
		return importer != nil && p.Whole[importer.Package] && (source == "" || p.Packages[importer.Package].Source == source)
	})
}
