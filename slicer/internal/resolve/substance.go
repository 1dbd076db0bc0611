package resolve

import (
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// substance are the classes that a package is made of among those that cuts omit. Whoever asks for iso-codes by its name wants the
// translations, and of systemd the units: packages have nothing else to give. Of a dependency only what compilers read counts: of
// one that a compiler depends on, or a package that opens libx.so by this name, nobody else brings it.
func (p *Resolver) substance(from *plan.Package, r Request) map[debian.Class]bool {
	n := map[debian.Class]int{}
	for _, e := range from.Entries {
		if e.Kind != tree.Directory {
			n[p.ClassOf(from, e)]++
		}
	}
	runs := n[debian.ClassBins] + n[debian.ClassLibs]
	read := runs + n[debian.ClassConfig] + n[debian.ClassData]
	keeps := map[debian.Class]bool{debian.ClassDev: isDevelopment(from) || runs == 0 && n[debian.ClassDev] > read}
	if r.Why.Kind == manifest.Depends && !r.Texts {
		return keeps
	}
	texts := n[debian.ClassDoc] + n[debian.ClassMan]
	rest := read + n[debian.ClassDev] + n[debian.ClassTranslations] + n[debian.ClassServices]
	keeps[debian.ClassServices] = n[debian.ClassServices] > read
	keeps[debian.ClassTranslations] = runs == 0 && n[debian.ClassTranslations] > read
	keeps[debian.ClassDoc], keeps[debian.ClassMan] = rest == 0 && texts > 0, rest == 0 && texts > 0
	return keeps
}

// isDevelopment tells by section and name whether a package is for those who compile against it.
func isDevelopment(pkg *plan.Package) bool {
	return strings.HasSuffix(pkg.Section, "libdevel") || strings.HasSuffix(pkg.Name, "-dev")
}
