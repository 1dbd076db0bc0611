package slicer

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/script"
)

// addInterpreters follows the "#!" of scripts to their interpreters, and the commands that shell scripts name to the
// programs of packages that Debian takes for granted. Interpreters can be scripts themselves; complete goes on until
// nothing is new.
func (p *interpPass) addInterpreters() error {
	for _, f := range p.sorted() {
		if p.interpreted[f] || f.Kind != File || f.from == nil || f.at.Mode&0o111 == 0 {
			continue
		}
		p.interpreted[f] = true
		head, err := f.head()
		if err != nil {
			return err
		}
		for _, program := range script.Interpreters(head) {
			if err := p.addInterpreter(f, program); err != nil {
				return err
			}
		}
		if script.LanguageOf(f.Path, head) == script.Shell {
			if err := p.addCommands(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// addInterpreter takes the program that a script names, unless it is there. One that is not of an Essential package is
// taken with the dependency of the script's package that leads to it. A script that its package does not depend on an
// interpreter for is an extra, such as git's for Perforce in Python: it stays without one, and that is said.
func (p *interpPass) addInterpreter(f *planned, program string) error {
	at := debian.InRoot(program)
	if p.here(at) {
		return nil
	}
	from := p.at(f.Layer, f.Path)
	if pkg, ok := debian.EssentialProgram(path.Base(at)); ok {
		return p.takeProgram(pkg, at, Reason{Kind: Interpreter, By: from, Name: program})
	}
	direct, err := p.dependencyWith(f.Package, at)
	if err != nil {
		return err
	}
	if direct != "" {
		p.settled[direct] = true
		return p.follow([]request{{name: direct, why: Reason{Kind: Interpreter, By: from, Name: program}, layer: LayerSlices}})
	}
	if _, ok := p.unmet[at]; !ok {
		p.unmet[at] = f
	}
	return nil
}

// judgeInterpreters lists the interpreters that nothing brought after all: an alternative may have made the name.
func (p *interpPass) judgeInterpreters() {
	for _, at := range slices.Sorted(maps.Keys(p.unmet)) {
		if f := p.unmet[at]; !p.here(at) {
			p.omit("/"+at, fmt.Sprintf("package %s does not depend on this interpreter", f.Package), p.at(f.Layer, f.Path))
		}
	}
}

// addCommands takes the programs of Essential packages that a shell script names, and those among its own documentation.
func (p *interpPass) addCommands(f *planned) error {
	words, err := p.shellWordsOf(f)
	if err != nil {
		return err
	}
	if err := p.addDocumented(f, words.documents); err != nil {
		return err
	}
	for _, name := range words.commands {
		pkg, ok := debian.EssentialProgram(name)
		if !ok || p.here("usr/bin/"+name) || p.here("usr/sbin/"+name) {
			continue
		}
		if err := p.takeProgram(pkg, "usr/bin/"+name, Reason{Kind: Command, By: p.at(f.Layer, f.Path), Name: name}); err != nil {
			return err
		}
	}
	return nil
}

// shellWords are what a shell script names: words that may be commands, and paths below usr/share/doc.
type shellWords struct{ commands, documents []string }

// shellWordsOf reads a shell script once.
func (p *interpPass) shellWordsOf(f *planned) (shellWords, error) {
	if words, ok := p.shell[f]; ok {
		return words, nil
	}
	text, err := f.read(script.MaxSize)
	if err != nil {
		return shellWords{}, err
	}
	p.shell[f] = shellWords{commands: script.Commands(text), documents: documentPaths(text)}
	return p.shell[f], nil
}

// grantedTo are the packages of which a script will get programs, unless another package has them. It is empty for what is no
// script, or was followed already.
func (p *interpPass) grantedTo(f *planned) ([]string, error) {
	if p.interpreted[f] || f.Kind != File || f.from == nil || f.at.Mode&0o111 == 0 {
		return nil, nil
	}
	head, err := f.head()
	if err != nil {
		return nil, err
	}
	var commands []string
	for _, program := range script.Interpreters(head) {
		commands = append(commands, path.Base(program))
	}
	if script.LanguageOf(f.Path, head) == script.Shell {
		words, err := p.shellWordsOf(f)
		if err != nil {
			return nil, err
		}
		commands = append(commands, words.commands...)
	}
	var packages []string
	for _, name := range commands {
		if pkg, ok := debian.EssentialProgram(name); ok && !p.here("usr/bin/"+name) && !p.here("usr/sbin/"+name) {
			packages = append(packages, pkg)
		}
	}
	return packages, nil
}

// takeProgram takes one program of a package that Debian takes for granted, with the links that lead to it.
func (p *interpPass) takeProgram(pkg, at string, why Reason) error {
	from, err := p.open(pkg)
	if err != nil {
		return err
	}
	if pkg == "perl-base" { // perl is no program alone: its core modules are in the same package
		p.settled[pkg] = true
		return p.takeWhole(from, request{name: pkg, why: why, layer: LayerSlices})
	}
	e, ok := from.Entry(at)
	if !ok {
		e, ok = from.Entry("usr/sbin/" + path.Base(at))
	}
	for _, real := range []string{at + "." + pkg, "usr/bin/" + pkg} { // which and awk are alternatives of their packages
		if !ok {
			e, ok = from.Entry(real)
		}
	}
	for hops := 0; ok && hops < 8; hops++ {
		if err := p.take(from, e, p.slice(pkg, ClassBins, why), LayerSlices, why); err != nil {
			return err
		}
		p.edge(Edge{From: why.By, Name: why.Name, To: p.at(p.layer(e.Path, LayerSlices), e.Path), Kind: why.Kind})
		if e.Kind != Symlink {
			return nil
		}
		e, ok = from.Entry(debian.LinkTarget(e.Path, e.Link))
	}
	p.omit("/"+at, fmt.Sprintf("package %s %s does not have this program", pkg, from.Version), why.By)
	return nil
}

// maxDepth is how far below a package an interpreter is looked for: python3 is two dependencies below most.
const maxDepth = 3

// dependencyWith finds the direct dependency of a package through which a path comes: python3 for /usr/bin/python3, which
// is in python3-minimal. It is empty where there is none.
func (p *interpPass) dependencyWith(name, at string) (string, error) {
	type step struct{ direct, name string }
	queue, seen := []step{{"", name}}, map[string]bool{name: true}
	for range maxDepth {
		var next []step
		for _, s := range queue {
			var names []string
			if err := p.eachDependency(s.name, anyDependency, func(n string) { names = append(names, n) }); err != nil {
				return "", err
			}
			for _, n := range names {
				if seen[n] || debian.LooksLikeLibrary(n) || scriptOnly[n] != "" {
					continue
				}
				seen[n] = true
				direct := s.direct
				if direct == "" {
					direct = n
				}
				pkg, err := p.open(n)
				if err != nil {
					return "", err
				}
				if _, ok := pkg.Entry(at); ok {
					return direct, nil
				}
				next = append(next, step{direct, n})
			}
		}
		queue = next
	}
	return "", nil
}
