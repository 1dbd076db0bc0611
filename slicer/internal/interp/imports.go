package interp

import (
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// imported are the modules that files of the plan import, by language: the module's name and the first file, by its place
// in the image, that was seen to import it.
type imported map[script.Language]map[string]string

// AddModules takes offered packages of Python, Perl and Ruby modules that a file of the cut imports, or that the metadata
// of a module in the cut requires.
func (p *Pass) AddModules() error {
	for {
		if err := p.readImports(); err != nil {
			return err
		}
		if err := p.readCompiled(); err != nil {
			return err
		}
		var queue []resolve.Request
		for _, name := range slices.Sorted(maps.Keys(p.Offered)) {
			o := p.Offered[name]
			if o.Role != resolve.RoleModules {
				continue
			}
			if why, used := p.importOf(p.Packages[name]); used {
				delete(p.Offered, name)
				queue = append(queue, resolve.Request{Name: name, Why: why, Layer: o.Layer})
			}
		}
		if len(queue) == 0 {
			return nil
		}
		if err := p.Follow(queue); err != nil {
			return err
		}
	}
}

// readImports reads the files of the plan that were not read yet.
func (p *Pass) readImports() error {
	for _, f := range p.Sorted() {
		if p.imports.read[f] || f.Kind != tree.File || f.From == nil {
			continue
		}
		p.imports.read[f] = true
		if err := p.readImportsOf(f); err != nil {
			return err
		}
	}
	return nil
}

// readImportsOf reads a file whose language has modules, or Python's metadata; other files are not read, nor is one whose
// imports were noted when its package was unpacked.
func (p *Pass) readImportsOf(f *plan.File) error {
	at := p.At(f.Layer, f.Path)
	if slices.Contains([]string{"METADATA", "PKG-INFO", "requires.txt"}, path.Base(f.Path)) {
		text, err := f.Read(script.MaxSize)
		if err != nil {
			return err
		}
		for _, name := range script.Requires(f.Path, text) {
			p.imports.note(script.Python, name, at)
		}
	}
	var head []byte
	var err error
	if debian.IsProgram(f.Path) || f.At.Mode&0o111 != 0 {
		if head, err = f.Head(); err != nil {
			return err
		}
	}
	l := script.ImportsAs(f.Path, f.At.Mode, head)
	if l == script.None {
		return nil
	}
	if noted, ok := f.Facts(); ok && noted.Language == l {
		p.noteImports(f, l, strings.Split(noted.Imports, "\n"))
		return nil
	}
	text, err := f.Read(script.MaxSize)
	if err != nil {
		return err
	}
	p.noteImports(f, l, script.Imports(l, text))
	return nil
}

// noteImports notes what a file imports.
func (p *Pass) noteImports(f *plan.File, l script.Language, names []string) {
	at := p.At(f.Layer, f.Path)
	for _, name := range names {
		if l == script.Python {
			name = script.Absolute(f.Path, name)
		}
		p.imports.note(l, name, at)
	}
}

// imports is what was read so far.
type imports struct {
	read    map[*plan.File]bool
	modules imported
}

func (i *imports) note(l script.Language, name, by string) {
	if i.modules[l] == nil {
		i.modules[l] = map[string]string{}
	}
	for ; name != "" && i.modules[l][name] == ""; name = above(l, name) {
		i.modules[l][name] = by
	}
}

// above is the package of a module in Python, which is imported with it; empty at the top and in other languages.
func above(l script.Language, name string) string {
	if l != script.Python {
		return ""
	}
	return name[:max(0, strings.LastIndexByte(name, '.'))]
}

// importOf tells by which file a package's modules are imported.
func (p *Pass) importOf(pkg *plan.Package) (manifest.Reason, bool) {
	modules := p.Provided(pkg)
	for _, l := range slices.Sorted(maps.Keys(modules)) {
		for _, m := range modules[l] {
			if by := p.imports.modules[l][m]; by != "" {
				return manifest.Reason{Kind: manifest.Imported, By: by, Name: strings.TrimPrefix(m, "dist:")}, true
			}
		}
	}
	for _, m := range modules[script.Python] {
		if by := p.compiled.by[m]; by != "" {
			return manifest.Reason{Kind: manifest.Imported, By: by, Name: m}, true
		}
	}
	return manifest.Reason{}, false
}
