package libraries

import (
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer/internal/plan"
)

// takeRequired plans what the definitions of libraries require: the closure has brought a library of slice PACKAGE_libs,
// and no ELF file tells that libmagic reads a database of another package. Required slices that are libraries
// themselves are left to the closure, which takes the files that are needed of them. It tells whether something was
// taken.
func (p *Pass) takeRequired(added []closure.Library) (bool, error) {
	var names []plan.Named
	for _, lib := range added {
		for _, c := range p.found[lib.Path] {
			names = append(names, p.RequiredBy(c.pkg.Name)...)
		}
	}
	slices.SortFunc(names, func(a, b plan.Named) int { return strings.Compare(a.Name+"\x00"+a.By, b.Name+"\x00"+b.By) })
	return len(names) > 0, p.AddDefined(names)
}
