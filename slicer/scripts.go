package slicer

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// essentialPrograms are the packages of interpreters that no package depends on, because Debian takes them for
// granted ("Essential: yes").
var essentialPrograms = map[string]string{
	"sh": "dash", "dash": "dash", "bash": "bash", "rbash": "bash", "env": "coreutils", "sed": "sed", "grep": "grep",
	"perl": "perl-base", "awk": "mawk", "mawk": "mawk", "find": "findutils", "tar": "tar", "gzip": "gzip",
}

// addInterpreters follows the "#!" of scripts: to the interpreter's package if it was taken already, or else to just
// the program of its package. Interpreters can be scripts themselves, so it goes on until nothing is new.
func (p *plan) addInterpreters() error {
	done := map[string]bool{}
	for again := true; again; {
		again = false
		for _, f := range p.sorted() {
			key := f.Layer + ":" + f.Path
			if done[key] || f.Kind != File.String() || f.from == nil || f.at.Mode&0o111 == 0 {
				continue
			}
			done[key] = true
			programs, err := interpreters(f)
			if err != nil {
				return err
			}
			for _, program := range programs {
				added, err := p.addInterpreter(f, program)
				if err != nil {
					return err
				}
				again = again || added
			}
		}
	}
	return nil
}

// interpreters reads the #! line of a file: the interpreter, and the program that env(1) is told to run.
func interpreters(f *planned) ([]string, error) {
	head, err := f.head()
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(head, []byte("#!")) {
		return nil, nil
	}
	line, _, _ := bytes.Cut(head[2:], []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) == 0 || !path.IsAbs(words[0]) {
		return nil, nil
	}
	if path.Base(words[0]) != "env" {
		return words[:1], nil
	}
	for _, w := range words[1:] {
		if !strings.HasPrefix(w, "-") && !strings.Contains(w, "=") {
			return []string{words[0], "/usr/bin/" + path.Base(w)}, nil
		}
	}
	return words[:1], nil
}

// addInterpreter takes the program that a script names, unless it is there.
func (p *plan) addInterpreter(script *planned, program string) (bool, error) {
	at := mergedPath(strings.TrimPrefix(path.Clean(program), "/"))
	if p.here(at) {
		return false, nil
	}
	pkg, ok := essentialPrograms[path.Base(at)]
	if !ok {
		pkg = p.ownerOf(at)
	}
	from := p.at(script.Layer, script.Path)
	if pkg == "" {
		p.omit(at, "no known package has this interpreter", from)
		return false, nil
	}
	picked, err := p.open(pkg)
	if err != nil {
		return false, err
	}
	if picked.Name == "perl-base" { // perl is no program alone: its core modules are in the same package
		return true, p.addWholePackage(request{name: pkg, why: Reason{Kind: Interpreter, By: script.Slice, Name: program}, layer: LayerSlices})
	}
	e, ok := picked.Entry(at)
	for hops := 0; ok; hops++ {
		slice := p.slice(pkg, ClassBins, Reason{Kind: Interpreter, By: script.Slice, Name: program})
		if err := p.take(picked, e, slice, LayerSlices, Reason{Kind: Interpreter, By: from, Name: program}); err != nil {
			return false, err
		}
		p.edge(Edge{From: from, Name: program, To: p.at(p.layer(e.Path, LayerSlices), e.Path), Kind: Interpreter})
		if e.Kind != Symlink || hops == 8 {
			return true, nil
		}
		e, ok = picked.Entry(linkTarget(e.Path, e.Link))
	}
	p.omit(at, fmt.Sprintf("package %s %s does not have this interpreter", pkg, picked.Version), from)
	return false, nil
}

// here tells whether the path is in the plan or in the floor.
func (p *plan) here(at string) bool {
	return p.seen[at] != nil || (p.want.Floor != nil && p.want.Floor.HasFile(at))
}

// ownerOf finds the package that ships a path, among the packages of the plan and the sources that know it.
func (p *plan) ownerOf(at string) string {
	for _, name := range slices.Sorted(maps.Keys(p.packages)) {
		if _, ok := p.packages[name].Entry(at); ok {
			return name
		}
	}
	for _, s := range p.want.Sources {
		owners, err := s.Owners(p.ctx, path.Base(at))
		if err != nil {
			continue // a source that cannot tell is as one that does not know; what is missing is named in the manifest
		}
		for _, o := range owners {
			if mergedPath(o.Path) == at {
				return o.Package
			}
		}
	}
	return ""
}

// linkTarget resolves a symbolic link's target to a clean path relative to the root, lexically.
func linkTarget(at, link string) string {
	if path.IsAbs(link) {
		return mergedPath(strings.TrimPrefix(path.Clean(link), "/"))
	}
	return mergedPath(strings.TrimPrefix(path.Clean("/"+path.Dir(at)+"/"+link), "/"))
}
