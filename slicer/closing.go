package slicer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
)

// addClosure takes the libraries that the ELF files of the app and of the plan need, until nothing is missing. Some
// libraries bring directories of modules that they open by path; those come from the library's own package, and are
// followed in turn.
//
// The runtime of a language comes first and keeps its libraries in its own layer, so that its bytes are the same in every
// image that has it; what the app needs beyond that is in the layer of the closure.
func (p *libraryPass) addClosure() error {
	for _, layer := range p.runtimeLayers() {
		if err := p.close(layer, func(f *planned) bool { return p.isRuntime(f, layer) }, nil); err != nil {
			return err
		}
	}
	return p.close(p.want.closureLayer(), func(*planned) bool { return true }, p.want.Objects)
}

// runtimeLayers are the layers of language runtimes that were asked for.
func (p *libraryPass) runtimeLayers() []string {
	layers := map[string]bool{}
	for _, n := range p.want.Names {
		if n.Kind == Runtime && p.want.Floor.Layered() {
			layers[n.layer()] = true
		}
	}
	return slices.Sorted(maps.Keys(layers))
}

// isRuntime tells whether a planned file is of a runtime's slices: those asked for, and what they bring.
func (p *libraryPass) isRuntime(f *planned, layer string) bool {
	return p.roots[f.Slice] == layer
}

// close completes the closure of some planned files and of the app's, and puts what was missing into a layer.
func (p *libraryPass) close(layer string, of func(*planned) bool, app []Object) error {
	p.closing = layer
	for range maxRounds { // each round takes a module directory or leaves modules out
		r, err := p.request(of, app)
		if err != nil {
			return err
		}
		if r.Literals, err = p.literals(of, p.appScripts()); err != nil {
			return err
		}
		res, err := closure.Solve(p.ctx, r)
		if err != nil {
			return fmt.Errorf("cannot resolve libraries: %w", err)
		}
		left, err := p.leaveOut(res)
		if err != nil {
			return err
		}
		if left || p.widen(res.Missing) {
			continue
		}
		if missing := p.missing(res.Missing); len(missing) > 0 {
			return &MissingError{Findings: missing}
		}
		if err := p.takeLibraries(res); err != nil {
			return err
		}
		modules, err := p.takeModules(res.Modules)
		if err != nil {
			return err
		}
		required, err := p.takeRequired(res.Added)
		if err != nil {
			return err
		}
		if !modules && !required {
			p.noteHints(res.Hints)
			return nil
		}
	}
	return fmt.Errorf("cannot resolve libraries: module directories ask for each other without end")
}

// request asks for the closure of everything that is in the plan and in the app.
func (p *libraryPass) request(of func(*planned) bool, app []Object) (closure.Request, error) {
	r := closure.Request{
		Floor: p.want.Floor.closureLibraries(), SearchDirs: closure.DefaultDirs(debian.Machine(p.want.Arch)),
		CacheDirs: cacheDirs(p.want.Floor, p.triplet, maps.Values(p.files), LayerLibs, LayerSlices, p.want.closureLayer()),
		Links:     linksOf(p.want.Floor, maps.Values(p.files)), Find: finder{p}, Rules: closure.Rules(), Machine: debian.Machine(p.want.Arch),
	}
	for _, o := range app {
		lib, err := p.appObject(o)
		if err != nil {
			return r, err
		}
		if lib != nil {
			r.Roots = append(r.Roots, *lib)
		}
	}
	for _, f := range p.sorted() {
		o, err := p.object(f)
		if err != nil {
			return r, err
		}
		if o == nil || !o.RunsOn(p.want.Arch) {
			continue
		}
		lib := closure.Library{Path: p.at(f.Layer, f.Path), Object: o, Origin: f.owner()}
		if of(f) {
			r.Roots = append(r.Roots, lib)
		} else {
			r.Present = append(r.Present, lib)
		}
	}
	if p.closing == p.want.closureLayer() {
		for _, n := range p.want.Sonames {
			r.Extra = append(r.Extra, n.Name)
		}
	}
	return r, nil
}

func (p *libraryPass) appObject(o Object) (*closure.Library, error) {
	if lib, ok := p.app[o.Path]; ok {
		return lib, nil
	}
	object, why, err := readAppObject(o, p.want.Arch)
	if err != nil {
		return nil, err
	}
	if why != "" {
		p.omit(o.Path, why, "app")
	}
	p.app[o.Path] = nil
	if object != nil {
		p.app[o.Path] = &closure.Library{Path: o.Path, Object: object, Origin: "app"}
	}
	return p.app[o.Path], nil
}

// readAppObject reads the ELF facts of a file of the app. They are nil for a file that is no ELF file of this image; why says
// so of those that are ELF files all the same.
func readAppObject(o Object, arch string, opts ...closure.Option) (object *closure.Object, why string, err error) {
	r, err := o.Open()
	if errors.Is(err, errUnpack) {
		return nil, err.Error(), nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("cannot read %s: %w", o.Path, err)
	}
	defer r.Close()
	object, err = readObject(r, opts...)
	switch {
	case err != nil:
		return nil, "it is not a whole ELF file: " + err.Error(), nil
	case object != nil:
		if why = foreign(object, arch); why != "" {
			return nil, why, nil
		}
	}
	return object, "", nil
}

// takeLibraries plans what the closure added, and remembers who needs what.
func (p *libraryPass) takeLibraries(res closure.Result) error {
	edges := map[string][]closure.Edge{} // by what they lead to
	for _, e := range res.Edges {
		p.edge(Edge{From: cmp.Or(e.From, "listed"), Name: e.Soname, To: e.To, Kind: reasonKinds[e.Kind]})
		edges[e.To] = append(edges[e.To], e)
	}
	for _, lib := range res.Added {
		var why []Reason
		names := map[string]bool{}
		for _, e := range edges[lib.Path] {
			why = append(why, p.reasonOf(e))
			names[e.Soname] = true
		}
		for _, c := range namedBy(p.found[lib.Path], names) {
			slice := p.slice(c.pkg.Name, ClassLibs, Reason{Kind: Needed, Name: c.soname})
			p.brought[c.pkg.Name] = lib.Path
			for _, entry := range c.chain {
				p.recall(entry.Path)
				if err := p.take(c.pkg, entry, slice, p.closing, why...); err != nil {
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

func (p *libraryPass) reasonOf(e closure.Edge) Reason {
	r := Reason{Kind: reasonKinds[e.Kind], By: e.From, Name: e.Soname}
	if e.Kind != closure.KindListed {
		return r
	}
	for _, n := range p.want.Sonames {
		if n.Name == e.Soname {
			r.By = n.By
		}
	}
	return r
}

var reasonKinds = map[closure.Kind]ReasonKind{
	closure.KindNeeded: Needed, closure.KindInterp: Interpreter, closure.KindDlopenNote: DlopenNote,
	closure.KindDlopenRule: DlopenRule, closure.KindLiteral: DlopenLiteral, closure.KindListed: Listed,
}

// packageAt is the package and the slice of a planned file, by its place in the image.
func (p *libraryPass) packageAt(at string) (*picked, string) {
	f := p.fileAt(at)
	if f == nil {
		return nil, ""
	}
	return p.packages[f.Package], f.Slice
}
