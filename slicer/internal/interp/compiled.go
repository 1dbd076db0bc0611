package interp

import (
	"bytes"
	"maps"
	"path"
	"strings"

	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/tree"
)

// compiled is what compiled Python modules import. They import as their source did: the name of a module is a string of its
// own in them. Each file is read once for all names that were asked for until then, and once more for those that come later.
type compiled struct {
	asked map[string]bool   // names of modules
	by    map[string]string // by name, the first file that has it, by its place in the image
	known map[*plan.File]bool
	files []*plan.File // that were read for all names of asked
}

// readCompiled looks for the modules of offered packages in the compiled modules of the plan.
func (p *Pass) readCompiled() error {
	c := &p.compiled
	if fresh := p.notAsked(); len(fresh) > 0 {
		for _, f := range c.files {
			if err := p.readCompiledOf(f, fresh); err != nil {
				return err
			}
		}
		maps.Copy(c.asked, fresh)
	}
	if len(c.asked) == 0 {
		return nil
	}
	for _, f := range p.Sorted() {
		if c.known[f] || path.Ext(f.Path) != ".so" || !strings.Contains(f.Path, "/dist-packages/") || f.From == nil || f.Kind != tree.File {
			continue
		}
		c.known[f] = true
		c.files = append(c.files, f)
		if err := p.readCompiledOf(f, c.asked); err != nil {
			return err
		}
	}
	return nil
}

// notAsked are the names of the modules of offered packages that no compiled module was read for.
func (p *Pass) notAsked() map[string]bool {
	fresh := map[string]bool{}
	for name, o := range p.Offered {
		if o.Role != resolve.RoleModules {
			continue
		}
		for _, m := range p.Provided(p.Packages[name])[script.Python] {
			if !p.compiled.asked[m] && !strings.HasPrefix(m, "dist:") {
				fresh[m] = true
			}
		}
	}
	return fresh
}

// readCompiledOf looks for names in one file.
func (p *Pass) readCompiledOf(f *plan.File, names map[string]bool) error {
	data, err := f.Read(64 << 20)
	if err != nil {
		return err
	}
	for len(data) > 0 { // bytes.Split takes five times as long for runs of zeros
		end := bytes.IndexByte(data, 0)
		if end < 0 {
			return nil
		}
		if word := data[:end]; names[string(word)] && p.compiled.by[string(word)] == "" {
			p.compiled.by[string(word)] = p.At(f.Layer, f.Path)
		}
		data = data[end+1:]
	}
	return nil
}
