package plan

import (
	"maps"

	"whittle.dev/whittle/slicer/manifest"
)

func (p *Plan) Forget(f *File) {
	p.Left[f.Path] = true
	delete(p.Seen, f.Path)
	p.Remove(f)
	p.Changes++
}

// Recall lets a file be taken that was left out before anything was seen to need it.
func (p *Plan) Recall(at string) {
	if !p.Left[at] {
		return
	}
	delete(p.Left, at)
	maps.DeleteFunc(p.Omitted, func(o manifest.Omission, _ bool) bool { return o.Name == "/"+at })
}
