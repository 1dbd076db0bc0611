package slicer

import (
	"maps"
	"slices"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/internal/plan"
)

// addParents plans the directories above what was taken that their packages give another mode than 0755: /root, /var/mail. No
// slice lists them. Where packages differ, the one that came into the plan first says, as if they were unpacked in turn.
//
// Of layers the directories stay open to all: nothing in an app's image runs as root.
func (p *selecting) addParents() error {
	if p.Want.Floor.Layered() {
		return nil
	}
	files := map[string][]*plan.File{} // by package
	for _, f := range p.Sorted() {
		if f.Package != "" {
			files[f.Package] = append(files[f.Package], f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if _, err := p.Open(name); err != nil {
			return err
		}
	}
	inTurn := slices.SortedFunc(maps.Keys(files), func(a, b string) int { return p.Packages[a].Turn - p.Packages[b].Turn })
	said := map[string]bool{}
	for _, name := range inTurn {
		for _, f := range files[name] {
			for dir := paths.Parent(f.Path); dir != "" && !said[dir]; dir = paths.Parent(dir) {
				said[dir] = true
				d := p.Above(f, dir)
				if d.Mode == "0755" || p.Here(dir) {
					continue
				}
				if err := p.Put(d); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
