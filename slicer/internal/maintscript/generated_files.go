package maintscript

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/shell"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// madeFile is a directory, a link or a copy that a command of a script makes.
type madeFile struct {
	path string // in the root
	mode string // octal; that of the source if empty
	link string // target of a link
	from string // source of a copy
}

// scriptFiles, for packages that are taken whole, makes the directories, links and copies that scripts make with
// literal words, where no condition decides over it that cannot be judged, where the source is in the plan, and where
// no other command of the script has to do with the copy or link. Everything belongs to root.
func (m maker) scriptFiles() error {
	for _, c := range m.calls("mkdir", "install", "ln", "cp", "mv", "ucf") {
		if !m.Whole[c.by.Package] {
			continue // a slice is what it lists: a run image's /usr/local/bin is a door, not base-files' directory
		}
		made, _ := madeBy(c.Command)
		for _, f := range made {
			if isTemporary(f.from) {
				if f.from = m.template(m.Packages[c.by.Package], f.from); f.from == "" {
					continue
				}
			}
			if !m.mayMake(c, f) {
				continue
			}
			if err := m.makeFile(c.by, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m maker) mayMake(c called, f madeFile) bool {
	layer := m.Layer(f.path, c.by.Layer)
	if is, known := m.exists("/" + f.path); is || !known || m.Here(f.path) || m.above(f.path) || !m.Want.Floor.Shows(layer, f.path) {
		return false
	}
	return (f.from == "" && f.link == "") || !m.touchedTwice(c, f.path)
}

// touchedTwice tells whether several commands of a package's scripts name a path: then it may be a file on its way to
// something else. What only registers or reads a file does not count, nor what sets its owner and mode.
func (m maker) touchedTwice(c called, at string) bool {
	n := 0
	for _, r := range m.scriptsOf(m.Packages[c.by.Package]) {
		for _, other := range r.commands {
			names := func(w string) bool { return debian.InRoot(w) == at }
			if slices.ContainsFunc(other.Words, names) && !leavesContent(other) || names(other.Writes) {
				n++
			}
		}
	}
	return n > 1
}

// leavesContent tells whether a command changes nothing of the content of the files that it names.
func leavesContent(c shell.Command) bool {
	return slices.Contains([]string{"ucfr", "chown", "chgrp", "chmod", "setfacl", "restorecon", "chcon", "dpkg-statoverride"}, c.Name()) ||
		slices.Contains(readsOnly, c.Name())
}

// above tells whether a path is below a link or a file, where it would land elsewhere or nowhere.
func (m maker) above(at string) bool {
	for up := paths.Parent(at); up != ""; up = paths.Parent(up) {
		if f := m.ByPath[up]; f != nil && f.Kind != tree.Directory {
			return true
		}
	}
	return false
}

func (m maker) makeFile(by *plan.File, f madeFile) error {
	p := &plan.File{File: manifest.File{
		Layer: m.Layer(f.path, by.Layer), Path: f.path, Kind: tree.Directory, Mode: f.mode, Package: by.Package,
	}}
	switch {
	case f.link != "":
		p.Kind, p.Mode, p.Link = tree.Symlink, "0777", f.link
	case f.from != "":
		source := m.follow(m.ByPath[f.from])
		if source == nil {
			return nil
		}
		layer := p.Layer
		*p = *source
		p.Layer, p.Path, p.Package, p.Slice, p.Why = layer, f.path, by.Package, "", nil
		if f.mode != "" {
			p.Mode = f.mode
		}
	}
	return m.Plan.Put(p, manifest.Reason{Kind: manifest.Generated, By: by.Package, Name: m.rule})
}

// madeBy reads what a command makes: "mkdir", "install -d", "install", "ln -s", "cp" of one file, "mv" of a temporary one, and "ucf",
// which copies a file of configuration to its place the first time. A command with other options is not understood.
func madeBy(c shell.Command) ([]madeFile, bool) {
	if c.Computed || c.Maybe || c.Writes != "" {
		return nil, false
	}
	a, ok := readArguments(c)
	if !ok || len(a.operands) == 0 {
		return nil, false
	}
	for _, o := range a.operands[1:] {
		if !madePath(o) {
			return nil, false
		}
	}
	clean := func(at string) string { return debian.InRoot(at) }
	directories := c.Name() == "mkdir" || a.directory
	if !directories && (len(a.operands) != 2 || strings.HasSuffix(a.operands[1], "/")) {
		return nil, false
	}
	switch source := a.operands[0]; {
	case directories && madePath(source):
		var made []madeFile
		for _, o := range a.operands {
			made = append(made, madeFile{path: clean(o), mode: fmt.Sprintf("%04o", a.modeOr(0o755))})
		}
		return made, true
	case c.Name() == "ln" && a.symbolic:
		return []madeFile{{path: clean(a.operands[1]), link: source}}, true
	case c.Name() == "install" && !directories && path.IsAbs(source):
		return []madeFile{{path: clean(a.operands[1]), from: clean(source), mode: fmt.Sprintf("%04o", a.modeOr(0o755))}}, true
	case (c.Name() == "cp" || c.Name() == "ucf" || c.Name() == "mv" && isTemporary(source)) && path.IsAbs(source):
		return []madeFile{{path: clean(a.operands[1]), from: clean(source)}}, true
	}
	return nil, false
}

// madePath tells whether something that a script makes is part of an image: not where the kernel or the machine put
// their files.
func madePath(at string) bool {
	clean := strings.TrimPrefix(path.Clean(at), "/")
	return path.IsAbs(at) && clean != "" && !paths.IsBelow(clean, "proc", "sys", "dev", "run", "tmp", "var/run", "var/tmp", "var/lock")
}

type arguments struct {
	operands            []string
	directory, symbolic bool
	mode                *int64
}

func (a arguments) modeOr(otherwise int64) int64 {
	if a.mode != nil {
		return *a.mode
	}
	return otherwise
}

// harmless are options that do not change what is made, in an image that has nothing at its place yet.
var harmless = map[string]string{
	"mkdir": "pvZ", "install": "cDpTvZ", "ln": "fnvT", "cp": "afdpPnuvTZ", "mv": "fnuvTZ", "ucf": "",
}

// ucfValues are options of ucf that have a value, and none of them changes what is made the first time.
var ucfValues = []string{"--sum-file", "--src-dir", "--state-dir"}

// readArguments sorts the words of a command.
func readArguments(c shell.Command) (a arguments, ok bool) {
	words := c.Words[1:]
	for i := 0; i < len(words); i++ {
		w := words[i]
		name, value, joined := strings.Cut(w, "=")
		short := strings.TrimPrefix(w, "-")
		switch {
		case w == "--":
		case !strings.HasPrefix(w, "-"):
			a.operands = append(a.operands, w)
		case slices.Contains([]string{"--parents", "--verbose", "--force", "--no-clobber", "--three-way", "--debconf-ok", "--archive"}, w):
		case w == "--symbolic":
			a.symbolic = true
		case w == "--directory" && c.Name() == "install":
			a.directory = true
		case c.Name() == "ucf" && slices.Contains(ucfValues, name):
			if !joined {
				i++
			}
		case slices.Contains([]string{"-m", "--mode", "-o", "--owner", "-g", "--group"}, name):
			if !joined && i+1 < len(words) {
				i++
				value = words[i]
			}
			if mode, err := strconv.ParseInt(value, 8, 64); strings.Contains(name, "m") && name != "--group" && err == nil && mode <= 0o7777 {
				a.mode = &mode
			} else if value != "root" {
				return a, false
			}
		case !strings.HasPrefix(w, "--") && strings.Trim(short, harmless[c.Name()]+"ds") == "":
			a.directory = a.directory || (strings.Contains(short, "d") && c.Name() == "install")
			a.symbolic = a.symbolic || strings.Contains(short, "s")
		default:
			return a, false
		}
	}
	return a, true
}
