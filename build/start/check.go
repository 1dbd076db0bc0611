package start

import (
	"encoding/binary"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
)

// Fault is why a command cannot start.
type Fault struct {
	Index   int    // of the command in its line
	Kind    Kind   // of the fault
	Program string // as the command names it
	// Missing is what is not there or not fit: the program, the interpreter that it names, or the script that it is given.
	Missing string
	Looked  string // the directories of PATH that the image has, where it was looked for in there
}

// Kind is a kind of fault.
type Kind int

// The kinds of faults.
const (
	NotFound       Kind = iota // there is no program Missing
	NoInterpreter              // Program is there, and begins with "#!Missing", which is not
	NoScript                   // Program is to run the file Missing, which is not there
	NoDirectory                // cd Missing
	NotExecutable              // Missing has no execute permission
	IsDirectory                // Missing is a directory
	NoHashBang                 // Missing is neither a program nor a script with a first line "#!…"
	OtherProcessor             // Missing is a program for another processor
)

func (f *Fault) Error() string {
	switch f.Kind {
	case NoInterpreter:
		return f.Program + " begins with \"#!\" and " + f.Missing + ", which is not in the image"
	case NoScript:
		return f.Program + " is to run " + f.Missing + ", which is not in the image"
	case NoDirectory:
		return "there is no directory " + f.Missing + " in the image"
	case NotExecutable:
		return f.Missing + " has no execute permission"
	case IsDirectory:
		return f.Missing + " is a directory"
	case NoHashBang:
		return f.Missing + " is neither a program nor a script that begins with \"#!\""
	case OtherProcessor:
		return f.Missing + " is a program for another processor"
	}
	return "there is no program " + f.Missing + " in the image"
}

// Check looks for the programs of all commands of a line. Its error is a *Fault: the first one. A command that another one
// is ready to stand in for (a || b) may be missing.
func (im Image) Check(line command.Line) error {
	made := false // mkdir ran: directories may be there that the image lacks
	for i, s := range line {
		spare := i+1 < len(line) && line[i+1].Join == command.Or
		c := s.Call()
		var f *Fault
		switch name := first(s.Words); {
		case name == "mkdir":
			made = true
		case name == "cd" && len(s.Words) == 2:
			f = im.cd(s.Words[1], made)
		case c.Lasting:
			im.Path = im.pathOf(c)
		case len(c.Words) > 0 && im.Dir != "":
			with := im
			with.Path = im.pathOf(c)
			f = with.commands(c)
		}
		if f != nil && !spare {
			f.Index = i
			return f
		}
	}
	return nil
}

func first(words []command.Word) string {
	if len(words) == 0 {
		return ""
	}
	return command.Plain(words[:1])[0]
}

// cd changes the directory; to an unknown one, after which nothing can be checked, where the word has variables.
func (im *Image) cd(w command.Word, made bool) *Fault {
	dir, ok := w.Literal()
	if !ok || im.Dir == "" {
		im.Dir = ""
		return nil
	}
	to := im.at(dir)
	real, e, ok := im.find(to)
	switch {
	case ok && e.Mode.IsDir():
		im.Dir = real
		return nil
	case made:
		im.Dir = ""
		return nil
	}
	return &Fault{Kind: NoDirectory, Program: "cd", Missing: dir}
}

func (im Image) at(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(im.Dir, name)
}

// nothing are variables of which none is set but PATH.
type nothing struct{ path string }

func (n nothing) Lookup(name string) (string, bool) {
	if name == "PATH" {
		return n.path, true
	}
	return "", false
}

func (n nothing) Set(string, string) error { return nil }

// pathOf is PATH after the assignments of a command; empty where it is not known.
func (im Image) pathOf(c command.Call) string {
	value := im.Path
	if c.Clean {
		value = ""
	}
	for _, a := range c.Assign {
		if a.Name != "PATH" {
			continue
		}
		text, err := command.Expander{Variables: nothing{value}}.Text(a.Value)
		if err != nil {
			return ""
		}
		value = text
	}
	return value
}

// commands looks for the programs of a call: one, or those that run together.
func (im Image) commands(c command.Call) *Fault {
	for _, p := range c.Programs() {
		in := im
		if p.Dir != "" {
			if f := in.cd(command.Text(p.Dir), false); f != nil {
				return f
			}
		}
		if f := in.command(p.Words); f != nil {
			return f
		}
	}
	return nil
}

// command looks for the program of one command, and for the script that an interpreter is given.
func (im Image) command(words []command.Word) *Fault {
	argv, err := command.Expander{Variables: nothing{im.Path}}.Words(words[:1])
	if err != nil || len(argv) == 0 || argv[0] == "" {
		return nil // the environment says which
	}
	program := argv[0]
	if f := im.program(program); f != nil {
		f.Program = program
		return f
	}
	return im.script(program, words[1:])
}

// program looks for a program as the kernel does: in PATH, or where it says.
func (im Image) program(name string) *Fault {
	if strings.Contains(name, "/") {
		return im.file(name, im.at(name))
	}
	if im.Path == "" {
		return nil
	}
	for dir := range strings.SplitSeq(im.Path, ":") {
		file := path.Join(im.at(dir), name)
		if _, e, ok := im.find(file); ok && e.Mode.IsRegular() && e.Mode&0o111 != 0 {
			return im.file(name, file)
		}
	}
	return &Fault{Kind: NotFound, Missing: name, Looked: im.looked()}
}

// looked is PATH less the directories that the image has not, and less those that stand in it again.
func (im Image) looked() string {
	var all []string
	for dir := range strings.SplitSeq(im.Path, ":") {
		if !slices.Contains(all, dir) && im.exists(im.at(dir)) {
			all = append(all, dir)
		}
	}
	return strings.Join(all, ":")
}

// file checks that a file can be executed, and the interpreter of a script.
func (im Image) file(name, file string) *Fault {
	real, e, ok := im.find(file)
	switch {
	case !ok:
		return &Fault{Kind: NotFound, Missing: name}
	case e.Mode.IsDir():
		return &Fault{Kind: IsDirectory, Missing: name}
	case e.Mode&0o111 == 0:
		return &Fault{Kind: NotExecutable, Missing: name}
	}
	head := im.head(real)
	switch {
	case head == nil:
		return nil
	case strings.HasPrefix(string(head), "\x7fELF"):
		if !runsOn(head, im.Arch) {
			return &Fault{Kind: OtherProcessor, Missing: name}
		}
		return nil
	case !strings.HasPrefix(string(head), "#!"):
		return &Fault{Kind: NoHashBang, Missing: name}
	}
	return im.interpreter(name, string(head[2:]))
}

// interpreter looks for what the first line of a script names; for "env program", for that program as well.
func (im Image) interpreter(script, line string) *Fault {
	line, _, _ = strings.Cut(line, "\n")
	words := strings.Fields(line)
	if len(words) == 0 {
		return &Fault{Kind: NoHashBang, Missing: script}
	}
	if !im.exists(im.at(words[0])) {
		return &Fault{Kind: NoInterpreter, Missing: words[0]}
	}
	if path.Base(words[0]) != "env" {
		return nil
	}
	for _, w := range words[1:] {
		if strings.HasPrefix(w, "-") || strings.Contains(w, "=") {
			continue
		}
		if f := im.program(w); f != nil && f.Kind == NotFound {
			return &Fault{Kind: NoInterpreter, Missing: w, Looked: im.looked()}
		}
		return nil
	}
	return nil
}

// machines are the values of e_machine (ELF header, 16-bit at offset 18) by Debian's names of architectures.
var machines = map[string]uint16{"amd64": 62, "arm64": 183}

func runsOn(head []byte, arch string) bool {
	want, known := machines[arch]
	return !known || len(head) < 20 || binary.LittleEndian.Uint16(head[18:]) == want
}

// extensions are what an interpreter adds to the name of a script that it does not find.
var extensions = map[string][]string{
	"sh": nil, "bash": nil, "dash": nil, "python": nil, "python3": nil, "ruby": nil, "perl": nil,
	"node": {".js", ".mjs", ".cjs", ".json", ".node"},
}

// script checks the file that an interpreter is to run, where it is its first argument or follows options that take no
// value.
func (im Image) script(program string, words []command.Word) *Fault {
	more, known := extensions[path.Base(program)]
	if !known {
		return nil
	}
	for _, w := range words {
		text, ok := w.Literal()
		switch {
		case !ok || text == "":
			return nil
		case strings.HasPrefix(text, "--") && strings.Contains(text, "="), text == "-u":
			continue
		case text[0] == '-':
			return nil
		}
		file := im.at(text)
		for _, ext := range append([]string{""}, more...) {
			if im.exists(file + ext) {
				return nil
			}
		}
		return &Fault{Kind: NoScript, Program: program, Missing: text}
	}
	return nil
}
