package interp

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// AddInterpreters follows the "#!" of scripts to their interpreters, and the commands that shell scripts name and that ELF files
// start to the programs of Essential packages. Interpreters can be scripts themselves: it is to be called until nothing new was
// planned.
func (p *Pass) AddInterpreters() error {
	for _, f := range p.Sorted() {
		if p.interpreted[f] || f.Kind != tree.File || f.From == nil || f.At.Mode&0o111 == 0 {
			continue
		}
		p.interpreted[f] = true
		head, err := f.Head()
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
	if err := p.addSourced(); err != nil {
		return err
	}
	return p.addStarted()
}

// addSourced follows the files that shell scripts read as a part of themselves, such as cracklib's configuration, which looks for
// dictionaries: they are no programs, and have neither a "#!" nor a mode to tell them by.
func (p *Pass) addSourced() error {
	for {
		var next []*plan.File
		for _, at := range slices.Sorted(maps.Keys(p.sourced)) {
			if f := p.ByPath[debian.InRoot(at)]; !p.sourced[at] && f != nil && f.Kind == tree.File && f.From != nil {
				p.sourced[at] = true
				next = append(next, f)
			}
		}
		if next == nil {
			return nil
		}
		for _, f := range next {
			if err := p.addCommands(f); err != nil {
				return err
			}
		}
	}
}

// addInterpreter takes the program that a script names, unless it is there. One that is not of an Essential package is
// taken with the dependency of the script's package that leads to it. A script that its package does not depend on an
// interpreter for is an extra, such as git's for Perforce in Python: it stays without one, and that is said.
func (p *Pass) addInterpreter(f *plan.File, program string) error {
	at := debian.InRoot(program)
	if p.Here(at) {
		return nil
	}
	from := p.At(f.Layer, f.Path)
	if pkg, ok := debian.EssentialProgram(path.Base(at)); ok {
		return p.takeProgram(pkg, at, manifest.Reason{Kind: manifest.Interpreter, By: from, Name: program})
	}
	direct, err := p.dependencyWith(f.Package, at)
	if err != nil {
		return err
	}
	if direct != "" {
		p.Settled[direct] = true
		return p.Follow([]resolve.Request{{Name: direct, Why: manifest.Reason{Kind: manifest.Interpreter, By: from, Name: program}, Layer: contract.LayerSlices}})
	}
	if _, ok := p.unmet[at]; !ok {
		p.unmet[at] = f
	}
	return nil
}

// JudgeInterpreters lists the interpreters that nothing brought after all: an alternative may have made the name.
func (p *Pass) JudgeInterpreters() {
	for _, at := range slices.Sorted(maps.Keys(p.unmet)) {
		if f := p.unmet[at]; !p.Here(at) {
			p.Omit("/"+at, fmt.Sprintf("package %s does not depend on this interpreter", f.Package), p.At(f.Layer, f.Path))
		}
	}
}

// addCommands takes the programs of Essential packages that a shell script names, and those among its own documentation.
func (p *Pass) addCommands(f *plan.File) error {
	words, err := p.shellWordsOf(f)
	if err != nil {
		return err
	}
	for _, at := range words.sourced {
		if _, known := p.sourced[at]; !known {
			p.sourced[at] = false
		}
	}
	if err := p.addDocumented(f, words.documents); err != nil {
		return err
	}
	return p.addEssential(f, words.commands)
}

// addEssential takes those of the named programs that are of Essential packages and not there yet.
func (p *Pass) addEssential(f *plan.File, names []string) error {
	for _, name := range names {
		pkg, ok := debian.EssentialProgram(name)
		if !ok || p.Here("usr/bin/"+name) || p.Here("usr/sbin/"+name) {
			continue
		}
		if err := p.takeProgram(pkg, "usr/bin/"+name, manifest.Reason{Kind: manifest.Command, By: p.At(f.Layer, f.Path), Name: name}); err != nil {
			return err
		}
	}
	return nil
}

// shellWords are what a shell script names: words that may be commands, paths below usr/share/doc, and files that it reads as a part
// of itself.
type shellWords struct{ commands, documents, sourced []string }

// shellWordsOf reads a shell script once.
func (p *Pass) shellWordsOf(f *plan.File) (shellWords, error) {
	if words, ok := p.shell[f]; ok {
		return words, nil
	}
	text, err := f.Read(script.MaxSize)
	if err != nil {
		return shellWords{}, err
	}
	p.shell[f] = shellWords{commands: script.Commands(text), documents: documentPaths(text), sourced: script.Sourced(text)}
	return p.shell[f], nil
}

// EssentialTo are the packages of which a script or an ELF file will get programs, unless another package has them. It is empty
// for other files, and for what was followed already.
func (p *Pass) EssentialTo(f *plan.File) ([]string, error) {
	if p.interpreted[f] || f.Kind != tree.File || f.From == nil {
		return nil, nil
	}
	commands, err := p.startedBy(f)
	if err != nil || f.At.Mode&0o111 == 0 {
		return p.essential(commands), err
	}
	head, err := f.Head()
	if err != nil {
		return nil, err
	}
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
	return p.essential(commands), nil
}

// essential are the Essential packages of those of the named programs that are not there.
func (p *Pass) essential(programs []string) []string {
	var packages []string
	for _, name := range programs {
		if pkg, ok := debian.EssentialProgram(name); ok && !p.Here("usr/bin/"+name) && !p.Here("usr/sbin/"+name) {
			packages = append(packages, pkg)
		}
	}
	return packages
}

// takeProgram takes one program of an Essential package, with the links that lead to it.
func (p *Pass) takeProgram(pkg, at string, why manifest.Reason) error {
	from, err := p.Open(pkg)
	if errors.Is(err, packages.ErrNoPackage) {
		if !p.absent[pkg] {
			p.absent[pkg] = true
			p.Omit(pkg, "no source has it, and programs of it are called: "+why.Name, why.By)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if pkg == "perl-base" { // perl is no program alone: its core modules are in the same package
		p.Settled[pkg] = true
		return p.TakeWhole(from, resolve.Request{Name: pkg, Why: why, Layer: contract.LayerSlices})
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
		if err := p.Take(from, e, p.Slice(pkg, debian.ClassBins, why), contract.LayerSlices, why); err != nil {
			return err
		}
		p.Edge(manifest.Edge{From: why.By, Name: why.Name, To: p.At(p.Layer(e.Path, contract.LayerSlices), e.Path), Kind: why.Kind})
		if e.Kind != tree.Symlink {
			return nil
		}
		e, ok = from.Entry(debian.LinkTarget(e.Path, e.Link))
	}
	p.Omit("/"+at, fmt.Sprintf("package %s %s does not have this program", pkg, from.Version), why.By)
	return nil
}

// maxDepth is how far below a package an interpreter is looked for: python3 is two dependencies below most.
const maxDepth = 3

// dependencyWith finds the direct dependency of a package through which a path comes: python3 for /usr/bin/python3, which
// is in python3-minimal. It is empty where there is none.
func (p *Pass) dependencyWith(name, at string) (string, error) {
	type step struct{ direct, name string }
	queue, seen := []step{{"", name}}, map[string]bool{name: true}
	for range maxDepth {
		var next []step
		for _, s := range queue {
			var names []string
			if err := p.EachDependency(s.name, resolve.AnyDependency, func(n string) { names = append(names, n) }); err != nil {
				return "", err
			}
			for _, n := range names {
				if seen[n] || debian.LooksLikeLibrary(n) || resolve.ScriptOnly[n] != "" {
					continue
				}
				seen[n] = true
				direct := s.direct
				if direct == "" {
					direct = n
				}
				pkg, err := p.Peek(n)
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
