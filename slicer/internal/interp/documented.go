package interp

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// documentPath matches a path below /usr/share/doc with its package's name, as a shell script has it.
var documentPath = regexp.MustCompile(`/usr/share/doc/[\w.+-]+(/[\w.+-]+)*/?`)

// programEndings are those of programs that an interpreter is told to run.
var programEndings = []string{".jar", ".js", ".php", ".pl", ".py", ".rb", ".sh", ".tcl"}

// addDocumented takes the programs that a shell script starts among the documentation of its own package: the one that it
// names, or those of the directory that it names, where the rest of the path is computed. Other documents stay out,
// whoever names them.
func (p *Pass) addDocumented(f *plan.File, paths []string) error {
	pkg := p.Packages[f.Package]
	if pkg == nil || !p.Whole[f.Package] {
		return nil
	}
	for _, at := range paths {
		for _, e := range pkg.Entries {
			named := e.Path == strings.TrimSuffix(at, "/") || strings.HasSuffix(at, "/") && path.Dir(e.Path)+"/" == at
			if !named || e.Kind != tree.File || p.Here(e.Path) || !(slices.Contains(programEndings, path.Ext(e.Path)) || e.Mode&0o111 != 0) {
				continue
			}
			why := manifest.Reason{Kind: manifest.Command, By: p.At(f.Layer, f.Path), Name: "/" + e.Path}
			if err := p.Take(pkg, e, p.Slice(pkg.Name, debian.ClassBins, why), contract.LayerSlices, why); err != nil {
				return err
			}
		}
	}
	return nil
}

// documentPaths lists the paths below usr/share/doc in a shell script, comments aside; one that goes on with something
// computed ends in a slash.
func documentPaths(text []byte) []string {
	var all []string
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) {
			continue
		}
		for _, m := range documentPath.FindAll(line, -1) {
			all = append(all, strings.TrimPrefix(string(m), "/"))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
