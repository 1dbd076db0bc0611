package plan

import (
	"maps"

	"whittle.dev/whittle/slicer/manifest"
)

// Omit notes that something of the wanted packages is omitted, and why: see manifest.Omission for the three texts. It
// changes no file of the plan.
func (p *Plan) Omit(name, reason, by string) {
	p.OmitFor(manifest.Omission{Name: name, Reason: reason, By: by})
}

// OmitFor is Omit for what a slice would bring.
func (p *Plan) OmitFor(o manifest.Omission) { p.Omitted[o] = true }

// OmitFile takes a file out of the plan, and Take passes its path over from then on; see Recall.
func (p *Plan) OmitFile(f *File) {
	p.OmittedPaths[f.Path] = true
	p.Remove(f)
}

// Recall lets an omitted file be taken after all, because something was seen to need it, and forgets why it was omitted.
// The path is clean and relative; for one that was not omitted nothing happens.
func (p *Plan) Recall(at string) {
	if !p.OmittedPaths[at] {
		return
	}
	delete(p.OmittedPaths, at)
	maps.DeleteFunc(p.Omitted, func(o manifest.Omission, _ bool) bool { return o.Name == "/"+at })
}
