package slicer

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/script"
)

// imported are the modules that files of the plan import, by language: the module's name and the first file, by its place
// in the image, that was seen to import it.
type imported map[script.Language]map[string]string

// addModules takes offered packages of Python, Perl and Ruby modules that a file of the cut imports, or that the metadata
// of a module in the cut requires.
func (p *interpPass) addModules() error {
	for {
		if err := p.readImports(); err != nil {
			return err
		}
		var queue []request
		for _, name := range slices.Sorted(maps.Keys(p.offered)) {
			o := p.offered[name]
			if o.role != roleModules {
				continue
			}
			why, used, err := p.importOf(p.packages[name])
			if err != nil {
				return err
			}
			if used {
				delete(p.offered, name)
				queue = append(queue, request{name: name, why: why, layer: o.layer})
			}
		}
		if len(queue) == 0 {
			return nil
		}
		if err := p.follow(queue); err != nil {
			return err
		}
	}
}

// readImports reads the files of the plan that were not read yet.
func (p *interpPass) readImports() error {
	for _, f := range p.sorted() {
		if p.imports.read[f] || f.Kind != File || f.from == nil {
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
func (p *interpPass) readImportsOf(f *planned) error {
	at := p.at(f.Layer, f.Path)
	if slices.Contains([]string{"METADATA", "PKG-INFO", "requires.txt"}, path.Base(f.Path)) {
		text, err := f.read(script.MaxSize)
		if err != nil {
			return err
		}
		for _, name := range script.Requires(f.Path, text) {
			p.imports.note(script.Python, name, at)
		}
	}
	var head []byte
	var err error
	if debian.IsProgram(f.Path) || f.at.Mode&0o111 != 0 {
		if head, err = f.head(); err != nil {
			return err
		}
	}
	l := script.ImportsAs(f.Path, f.at.Mode, head)
	if l == script.None {
		return nil
	}
	if noted, ok := f.facts(); ok && noted.language == l {
		p.noteImports(f, l, strings.Split(noted.imports, "\n"))
		return nil
	}
	text, err := f.read(script.MaxSize)
	if err != nil {
		return err
	}
	p.noteImports(f, l, script.Imports(l, text))
	return nil
}

// noteImports notes what a file imports.
func (p *interpPass) noteImports(f *planned, l script.Language, names []string) {
	at := p.at(f.Layer, f.Path)
	for _, name := range names {
		if l == script.Python {
			name = script.Absolute(f.Path, name)
		}
		p.imports.note(l, name, at)
	}
}

// imports is what was read so far.
type imports struct {
	read    map[*planned]bool
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
func (p *interpPass) importOf(pkg *picked) (Reason, bool, error) {
	modules := p.provided(pkg)
	for _, l := range slices.Sorted(maps.Keys(modules)) {
		for _, m := range modules[l] {
			if by := p.imports.modules[l][m]; by != "" {
				return Reason{Kind: Imported, By: by, Name: strings.TrimPrefix(m, "dist:")}, true, nil
			}
		}
	}
	return p.compiledImport(modules[script.Python])
}

// compiledImport looks for the names of modules in compiled Python modules, which import as their source did: the name is
// a string of its own in them.
func (p *interpPass) compiledImport(modules []string) (Reason, bool, error) {
	if len(modules) == 0 {
		return Reason{}, false, nil
	}
	for _, f := range p.sorted() {
		if path.Ext(f.Path) != ".so" || !strings.Contains(f.Path, "/dist-packages/") || f.from == nil || f.Kind != File {
			continue
		}
		data, err := f.read(64 << 20)
		if err != nil {
			return Reason{}, false, err
		}
		for _, m := range modules {
			if !strings.HasPrefix(m, "dist:") && bytes.Contains(data, []byte("\x00"+m+"\x00")) {
				return Reason{Kind: Imported, By: p.at(f.Layer, f.Path), Name: m}, true, nil
			}
		}
	}
	return Reason{}, false, nil
}

// provided are the modules of a package, by language.
func (p *resolver) provided(pkg *picked) map[script.Language][]string {
	if got, ok := p.modules[pkg.Name]; ok {
		return got
	}
	var paths []string
	for _, e := range pkg.Entries {
		if e.Kind != Directory {
			paths = append(paths, e.Path)
		}
	}
	p.modules[pkg.Name] = script.Provided(paths)
	return p.modules[pkg.Name]
}
