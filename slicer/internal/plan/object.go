package plan

import (
	"whittle.dev/whittle/internal/closure"
)

// At is where a file of a layer stands in the image: the tree of a run image or a root has no layers' directories.
func (p *Plan) At(layer, path string) string {
	return p.Want.Floor.At(layer, path)
}

// Object reads the ELF facts of a planned file, once for equal bytes.
func (p *Plan) Object(f *File) (*closure.Object, error) {
	if f.SHA256 != "" && f.isLargeEnough() {
		if o, ok := p.objects[f.SHA256]; ok {
			return o, nil
		}
	}
	o, err := f.ELF()
	if err == nil && f.SHA256 != "" && f.isLargeEnough() {
		p.objects[f.SHA256] = o
	}
	return o, err
}
