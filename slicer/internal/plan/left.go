package plan

import (
	"maps"

	"whittle.dev/whittle/slicer/manifest"
)

func (p *Plan) Drop(f *File) {
	p.Dropped[f.Path] = true
	delete(p.ByPath, f.Path)
	p.Remove(f)
	p.Changes++
}

// Recall lets a file be taken that was left out before anything was seen to need it.
func (p *Plan) Recall(at string) {
	if !p.Dropped[at] {
		return
	}
	delete(p.Dropped, at)
	maps.DeleteFunc(p.Omitted, func(o manifest.Omission, _ bool) bool { return o.Name == "/"+at })
}
