package maintscript

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
)

// Mutate runs the scripts of the definitions over the plan, then removes what was there only for them. Nothing touches
// a disk: a script reads the planned bytes and writes new ones.
func (p *Pass) Mutate() error {
	for _, m := range p.Mutations {
		if err := release.Mutate(p.Ctx, m.Slice, m.Script, mutable{p}); err != nil {
			return fmt.Errorf("cannot cut %s: %w", m.Slice, err)
		}
	}
	p.removeUntil()
	return nil
}

// removeUntil takes out of the plan what was there for the scripts only; a directory only if nothing is left in it. In
// the order of names, backwards, what is in a directory comes before it.
func (p *Pass) removeUntil() {
	above := p.aboveUntil()
	filled := map[string]bool{} // directories in which something stays
	fill := func(at string) {
		for dir := paths.Parent(at); dir != "" && !filled[dir]; dir = paths.Parent(dir) {
			filled[dir] = true
		}
	}
	for dir := range above {
		fill(dir)
	}
	for _, at := range slices.Backward(slices.Sorted(maps.Keys(p.ByPath))) {
		f := p.ByPath[at]
		if f.Until && (!filled[at] || f.Mode == "0755") { // it comes back with what is in it
			p.Remove(f)
			continue
		}
		if f.Until { // it stays for its mode, and no slice lists it
			f.Slice, f.AlsoIn = "", nil
		}
		fill(at)
	}
	for _, dir := range slices.Sorted(maps.Keys(above)) {
		if !filled[dir] {
			_ = p.Put(p.Above(above[dir], dir)) // nothing is at its path
		}
	}
}

// aboveUntil are the directories of a root above what is there for scripts only that no slice lists: they were made for it, and
// stay as their package has them.
func (p *Pass) aboveUntil() map[string]*plan.File {
	above := map[string]*plan.File{}
	if p.Want.Floor.Layered() {
		return above
	}
	for _, at := range slices.Sorted(maps.Keys(p.ByPath)) {
		f := p.ByPath[at]
		for dir := paths.Parent(at); f.Until && dir != ""; dir = paths.Parent(dir) {
			if first := above[dir]; p.ByPath[dir] == nil && (first == nil || p.turn(f) < p.turn(first)) {
				above[dir] = f
			}
		}
	}
	return above
}

// turn is when the package of a file came into the plan; of one that was not looked into, last.
func (p *Pass) turn(f *plan.File) int {
	if pkg := p.Packages[f.Package]; pkg != nil {
		return pkg.Turn
	}
	return len(p.Packages)
}

// mutable is what a mutation script sees of a plan.
type mutable struct{ *Pass }

// Read returns the bytes of a planned file.
func (m mutable) Read(name string) ([]byte, error) {
	f, err := m.file(name)
	if err != nil {
		return nil, err
	}
	return f.Read(64 << 20)
}

// Write replaces the bytes of a planned file that a definition says is mutable.
func (m mutable) Write(name string, data []byte) error {
	f, err := m.file(name)
	if err != nil {
		return err
	}
	if !f.Mutable {
		return fmt.Errorf("cannot write %s: no slice says that it is mutable", name)
	}
	if err := f.Sum(); err != nil {
		return err
	}
	listed := cmp.Or(f.Listed, f.SHA256)
	f.From, f.Body, f.Size = nil, data, int64(len(data))
	if f.SHA256, f.MD5 = digest.Of(data); f.SHA256 != listed {
		f.Listed = listed
	} else {
		f.Listed = ""
	}
	return nil
}

// List returns the names in a planned directory, sorted, directories with a slash. A directory that was taken and is empty has
// none.
func (m mutable) List(dir string) ([]string, error) {
	at, err := m.resolve(dir)
	if err != nil {
		return nil, err
	}
	below := at + "/"
	if at == "" {
		below = ""
	}
	names := map[string]bool{}
	for member, f := range m.ByPath {
		rest, ok := strings.CutPrefix(member, below)
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, "/")
		if deeper || f.Kind == tree.Directory {
			name += "/"
		}
		names[name] = true
	}
	if f := m.ByPath[at]; len(names) == 0 && (f == nil || f.Kind != tree.Directory) {
		return nil, fmt.Errorf("cannot list %s: no slice has a directory there", dir)
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// file finds a planned file.
func (m mutable) file(name string) (*plan.File, error) {
	at, err := m.resolve(name)
	if err != nil {
		return nil, err
	}
	f := m.ByPath[at]
	switch {
	case f != nil && f.Kind == tree.File:
		return f, nil
	case f != nil || m.isParent(at):
		return nil, fmt.Errorf("cannot open %s: it is a directory", name)
	}
	return nil, fmt.Errorf("cannot open %s: no slice has it", name)
}

// resolve follows the links of the plan in every part of an absolute path. The result is relative to the root, which is empty.
func (m mutable) resolve(name string) (string, error) {
	const maxLinks = 40 // as Linux has it
	at, rest := "", strings.Trim(name, "/")
	for links := 0; rest != ""; {
		part, more, _ := strings.Cut(rest, "/")
		at, rest = path.Join(at, part), more
		f := m.ByPath[at]
		if f == nil || f.Kind != tree.Symlink {
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("cannot open %s: its links lead in a circle", name)
		}
		at, rest = "", path.Join(debian.LinkTarget(at, f.Link), rest)
	}
	return at, nil
}

// isParent tells whether something planned is below a path.
func (m mutable) isParent(dir string) bool {
	for at := range m.ByPath {
		if paths.IsBelow(at, dir) {
			return true
		}
	}
	return false
}
