package maintscript

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
)

// Mutate runs the scripts of the definitions over the plan, then removes what was there only for them. Nothing touches
// a disk: a script reads the planned bytes and writes new ones.
func (p *Pass) Mutate() error {
	for _, m := range p.Mutations {
		if err := release.Mutate(m.Slice, m.Script, mutable{p}); err != nil {
			return fmt.Errorf("cannot cut %s: %w", m.Slice, err)
		}
	}
	p.removeUntil()
	return nil
}

// removeUntil takes out of the plan what was there for the scripts only; a directory only if nothing is left in it, so
// the deepest first.
func (p *Pass) removeUntil() {
	for _, at := range slices.Backward(slices.Sorted(maps.Keys(p.ByPath))) {
		f := p.ByPath[at]
		if !f.Until || (f.Kind == tree.Directory && p.hasBelow(at)) {
			continue
		}
		p.Remove(f)
	}
}

func (p *Pass) hasBelow(dir string) bool {
	for at := range p.ByPath {
		if strings.HasPrefix(at, dir+"/") {
			return true
		}
	}
	return false
}

// mutable is what a mutation script sees of a plan.
type mutable struct{ *Pass }

// Read returns the bytes of a planned file.
func (m mutable) Read(path string) ([]byte, error) {
	f, err := m.file(path)
	if err != nil {
		return nil, err
	}
	return f.Read(64 << 20)
}

// Write replaces the bytes of a planned file that a definition says is mutable.
func (m mutable) Write(path string, data []byte) error {
	f, err := m.file(path)
	if err != nil {
		return err
	}
	if !f.Mutable {
		return fmt.Errorf("cannot write %s: no slice says that it is mutable", path)
	}
	f.From, f.Body, f.Size = nil, data, int64(len(data))
	f.SHA256, f.MD5 = digest.Of(data)
	return nil
}

// List returns the names in a planned directory, sorted, directories with a slash.
func (m mutable) List(dir string) ([]string, error) {
	below := strings.Trim(dir, "/") + "/"
	names := map[string]bool{}
	for at, f := range m.ByPath {
		rest, ok := strings.CutPrefix(at, below)
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, "/")
		if deeper || f.Kind == tree.Directory {
			name += "/"
		}
		names[name] = true
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("cannot list %s: no slice has anything there", dir)
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// file finds a planned file, following links inside the plan.
func (m mutable) file(path string) (*plan.File, error) {
	at := strings.Trim(path, "/")
	for hops := 0; hops < 16; hops++ {
		f := m.ByPath[at]
		if f == nil {
			break
		}
		if f.Kind != tree.Symlink {
			return f, nil
		}
		at = debian.LinkTarget(at, f.Link)
	}
	return nil, fmt.Errorf("cannot open %s: no slice has it", path)
}
