package slicer

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
)

// documentPath matches a path below /usr/share/doc with its package's name, as a shell script has it.
var documentPath = regexp.MustCompile(`/usr/share/doc/[\w.+-]+(/[\w.+-]+)*/?`)

// programEndings are those of programs that an interpreter is told to run.
var programEndings = []string{".jar", ".js", ".php", ".pl", ".py", ".rb", ".sh", ".tcl"}

// addDocumented takes the programs that a shell script starts among the documentation of its own package: the one that it
// names, or those of the directory that it names, where the rest of the path is computed. Other documents stay out,
// whoever names them.
func (p *interpPass) addDocumented(f *planned, paths []string) error {
	pkg := p.packages[f.Package]
	if pkg == nil || !p.whole[f.Package] {
		return nil
	}
	for _, at := range paths {
		for _, e := range pkg.Entries {
			named := e.Path == strings.TrimSuffix(at, "/") || strings.HasSuffix(at, "/") && path.Dir(e.Path)+"/" == at
			if !named || e.Kind != File || p.here(e.Path) || !(slices.Contains(programEndings, path.Ext(e.Path)) || e.Mode&0o111 != 0) {
				continue
			}
			why := Reason{Kind: Command, By: p.at(f.Layer, f.Path), Name: "/" + e.Path}
			if err := p.take(pkg, e, p.slice(pkg.Name, ClassBins, why), LayerSlices, why); err != nil {
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
