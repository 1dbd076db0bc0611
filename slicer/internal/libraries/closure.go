package libraries

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/missing"
)

// AddClosure takes the libraries that the ELF files of the app and of the plan need, until nothing is missing. Some
// libraries bring directories of modules that they open by path; those come from the library's own package, and are
// followed in turn.
//
// The runtime of a language comes first and keeps its libraries in its own layer, so that its bytes are the same in every
// image that has it; what the app needs beyond that is in the layer of the closure.
func (p *Pass) AddClosure() error {
	for _, layer := range p.runtimeLayers() {
		if err := p.addClosureOf(layer, func(f *plan.File) bool { return p.isRuntime(f, layer) }, nil); err != nil {
			return err
		}
	}
	return p.addClosureOf(p.Want.LibraryLayer(), func(*plan.File) bool { return true }, p.Want.Objects)
}

// runtimeLayers are the layers of language runtimes that were asked for.
func (p *Pass) runtimeLayers() []string {
	layers := map[string]bool{}
	for _, n := range p.Want.Names {
		if n.Kind == manifest.Runtime && p.Want.Floor.Layered() {
			layers[n.LandsIn()] = true
		}
	}
	return slices.Sorted(maps.Keys(layers))
}

// isRuntime tells whether a planned file is of a runtime's slices: those asked for, and what they bring.
func (p *Pass) isRuntime(f *plan.File, layer string) bool {
	return p.Roots[f.Slice] == layer
}

// maxClosureRounds bounds how often a closure brings modules or slices that need more.
const maxClosureRounds = 64

// addClosureOf completes the closure of some planned files and of the app's, and puts what was missing into a layer.
func (p *Pass) addClosureOf(layer string, of func(*plan.File) bool, app []plan.Object) error {
	p.layer = layer
	for range maxClosureRounds { // each round takes a module directory or omits modules
		r, err := p.closureRequest(of, app)
		if err != nil {
			return err
		}
		if r.Literals, err = p.literals(of, p.appScripts()); err != nil {
			return err
		}
		res, err := closure.Solve(p.Ctx, r)
		if err != nil {
			return fmt.Errorf("cannot resolve libraries: %w", err)
		}
		omitted, err := p.omitModules(res)
		if err != nil {
			return err
		}
		if omitted || p.lookAnywhere(res.Missing) {
			continue
		}
		if lacks := p.missing(res.Missing); len(lacks) > 0 {
			return &missing.Error{Findings: lacks}
		}
		more, err := p.take(res, of, app)
		if err != nil {
			return err
		}
		if !more {
			p.noteHints(res.Hints)
			p.notePlugins()
			return nil
		}
	}
	return fmt.Errorf("cannot resolve libraries: module directories ask for each other without end")
}

// take puts into the plan what a closure found and what belongs to that, and tells whether there is more whose closure is to be found.
func (p *Pass) take(res closure.Result, of func(*plan.File) bool, app []plan.Object) (more bool, err error) {
	if err := p.takeLibraries(res); err != nil {
		return false, err
	}
	for _, step := range []func() (bool, error){
		func() (bool, error) { return p.takeRequired(res.Added) },
		func() (bool, error) { return p.takeModules(res.Modules) },
		func() (bool, error) { return p.takeOpened(of) },
		func() (bool, error) { return p.takeOpenedByApp(app) },
		func() (bool, error) { return p.pluginsMet(app) },
	} {
		took, err := step()
		if err != nil {
			return false, err
		}
		more = more || took
	}
	return more, nil
}

// closureRequest asks for the closure of everything that is in the plan and in the app.
func (p *Pass) closureRequest(of func(*plan.File) bool, app []plan.Object) (closure.Request, error) {
	r := closure.Request{
		Floor: p.Want.Floor.ClosureLibraries(), SearchDirs: closure.DefaultDirs(debian.Machine(p.Want.Arch)),
		CacheDirs: plan.CacheDirs(p.Want.Floor, p.Triplet, maps.Values(p.Files), contract.LayerLibs, contract.LayerSlices, p.Want.LibraryLayer()),
		EnvDirs:   p.Want.LibraryPath, Links: plan.Links(p.Want.Floor, maps.Values(p.Files), p.Want.Links), Find: finder{p}, Rules: closure.Rules(), Machine: debian.Machine(p.Want.Arch),
	}
	own, err := p.appLibraries(app)
	if err != nil {
		return r, err
	}
	r.Roots = own
	for _, f := range p.Sorted() {
		o, err := p.Object(f)
		if err != nil {
			return r, err
		}
		if o == nil || !o.RunsOn(p.Want.Arch) {
			continue
		}
		lib := closure.Library{Path: p.At(f.Layer, f.Path), Object: o, Origin: f.Owner()}
		if of(f) {
			r.Roots = append(r.Roots, lib)
		} else {
			r.Present = append(r.Present, lib)
		}
	}
	if p.layer == p.Want.LibraryLayer() {
		for _, n := range p.Want.Sonames {
			r.Extra = append(r.Extra, n.Name)
		}
	}
	return r, nil
}

// appLibraries are the app's ELF files, less the plugins that lack something as the plan is now; those it remembers.
func (p *Pass) appLibraries(app []plan.Object) ([]closure.Library, error) {
	var own []closure.Library
	opens := map[string]plan.Object{}
	for _, o := range app {
		lib, err := p.appObject(o)
		if err != nil {
			return nil, err
		}
		if lib != nil {
			own = append(own, *lib)
			opens[lib.Path] = o
		}
	}
	var err error
	if p.plugins, err = plan.Plugins(own, opens, p.isThereOrListed); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(own, func(l closure.Library) bool {
		return slices.ContainsFunc(p.plugins, func(g plan.Plugin) bool { return g.Path == l.Path })
	}), nil
}

// pluginsMet tells whether some of the plugins lack nothing any more, by what the plan has gained.
func (p *Pass) pluginsMet(app []plan.Object) (bool, error) {
	before := p.plugins
	if len(before) == 0 {
		return false, nil
	}
	_, err := p.appLibraries(app)
	return !slices.Equal(before, p.plugins), err
}

// isThereOrListed tells whether the image has a library, or will because it was asked for.
func (p *Pass) isThereOrListed(soname string) bool {
	return p.isThere(soname) || p.Want.Floor.HasLibrary(soname) ||
		slices.ContainsFunc(p.Want.Sonames, func(n plan.Named) bool { return n.Name == soname })
}

func (p *Pass) appObject(o plan.Object) (*closure.Library, error) {
	if lib, ok := p.app[o.Path]; ok {
		return lib, nil
	}
	var options []closure.Option
	if !p.Want.Floor.Layered() {
		options = append(options, closure.WithStrings) // for takeOpenedByApp
	}
	object, why, err := plan.ReadAppObject(o, p.Want.Arch, options...)
	if err != nil {
		return nil, err
	}
	if why != "" {
		p.Omit(o.Path, why, "app")
	}
	p.app[o.Path] = nil
	if object != nil {
		p.app[o.Path] = &closure.Library{Path: o.Path, Object: object, Origin: "app"}
	}
	return p.app[o.Path], nil
}

// takeLibraries plans what the closure added, and remembers who needs what.
func (p *Pass) takeLibraries(res closure.Result) error {
	edges := map[string][]closure.Edge{} // by what they lead to
	for _, e := range res.Edges {
		p.Edge(manifest.Edge{From: cmp.Or(e.From, "listed"), Name: e.Soname, To: e.To, Kind: reasonKinds[e.Kind]})
		edges[e.To] = append(edges[e.To], e)
	}
	for _, lib := range res.Added {
		var why []manifest.Reason
		names := map[string]bool{}
		for _, e := range edges[lib.Path] {
			why = append(why, p.reasonOf(e))
			names[e.Soname] = true
		}
		for _, c := range namedBy(p.found[lib.Path], names) {
			slice := p.Slice(c.pkg.Name, debian.ClassLibs, manifest.Reason{Kind: manifest.Needed, Name: c.soname})
			p.brought[c.pkg.Name] = lib.Path
			for _, entry := range c.chain {
				p.Recall(entry.Path)
				if err := p.Take(c.pkg, entry, slice, p.layer, why...); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// namedBy keeps the ways to a library by the names that it was needed by: a library may be needed by several links to
// it, and each must be there. An interpreter is needed by its path, which is no name: then every way counts.
func namedBy(ways []candidate, names map[string]bool) []candidate {
	kept := slices.DeleteFunc(slices.Clone(ways), func(c candidate) bool { return !names[c.soname] })
	if len(kept) == 0 {
		return ways
	}
	return kept
}

func (p *Pass) reasonOf(e closure.Edge) manifest.Reason {
	r := manifest.Reason{Kind: reasonKinds[e.Kind], By: e.From, Name: e.Soname}
	if e.Kind != closure.KindListed {
		return r
	}
	for _, n := range p.Want.Sonames {
		if n.Name == e.Soname {
			r.By = n.By
		}
	}
	return r
}

var reasonKinds = map[closure.Kind]manifest.ReasonKind{
	closure.KindNeeded: manifest.Needed, closure.KindInterp: manifest.Interpreter, closure.KindDlopenNote: manifest.DlopenNote,
	closure.KindDlopenRule: manifest.DlopenRule, closure.KindLiteral: manifest.DlopenLiteral, closure.KindListed: manifest.Listed,
}

// packageAt is the package and the slice of a planned file, by its place in the image.
func (p *Pass) packageAt(at string) (*plan.Package, string) {
	f := p.FileAt(at)
	if f == nil {
		return nil, ""
	}
	return p.Packages[f.Package], f.Slice
}
