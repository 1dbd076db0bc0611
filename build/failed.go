package build

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/failure"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
)

// advice is what the advice about a failure depends on.
type advice struct {
	// find returns the Debian packages that have what a native build lacks, the best first; nil where nothing can be looked at.
	find      func(failure.Cause) []found
	packages  []string // that project.toml names for the build already
	bound     []string // the bindings of type ca-certificates
	app       string   // the app's folder
	languages []language.Language
	builders  builders.All // of all releases
	release   string       // of the build's own builder
	foreign   string       // what the run image is taken to have, where somebody else made it
}

// found is a Debian package with a file that a build lacks.
type found struct {
	Package string
	Path    string // of the file, relative to the root
	There   bool   // the build has the package
}

// failed is the problem of a program that failed, by what it wrote.
func (a advice) failed(program *language.ProgramError, err error) *language.Problem {
	if errors.Is(program, language.ErrNoProgram) {
		return &language.Problem{
			What: "the build image has no program " + program.Args[0], Evidence: []string{err.Error()}, Err: err,
			Next: "Build with whittle's own builder, or name the Debian package of the program in project.toml, [dev.whittle.build] packages.",
		}
	}
	cause := failure.Read(program.Output)
	if killed := failure.Read(program.Err.Error()); killed.Kind == failure.NoMemory {
		cause = killed
	}
	tool := language.ToolOf(a.languages, program.Tool())
	as := causes[cause.Kind]
	p := &language.Problem{What: fill(as.what, cause, tool), Evidence: append([]string{doing(err, program)}, cause.Lines...), Err: err}
	if script := scriptOf(program, tool); script != "" && cause.Kind == failure.Unknown {
		p.What = "the script " + script + " failed"
	}
	switch {
	case ofScript(cause, tool) != "":
		p.Next = ofScript(cause, tool)
	case cause.Kind == failure.Unknown && program.Shown:
		p.Evidence, p.Next = p.Evidence[:1], "Its own messages are above."
	case cause.Kind == failure.Unknown && strings.TrimSpace(program.Output) == "":
		p.Evidence, p.Next = p.Evidence[:1], "It wrote nothing that would tell why."
	case as.step != nil:
		p.Next = as.step(a, cause, tool)
	default:
		p.Next = fill(as.next, cause, tool)
	}
	return p
}

// doing is the error without what it was wrapped around: what the build was about to do when the program failed, and
// the program.
func doing(err error, program *language.ProgramError) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return strings.Replace(first, program.Error(), program.Short(), 1)
}

// scriptOf is the script of the app that a package manager was to run; empty for none.
func scriptOf(program *language.ProgramError, tool language.Tool) string {
	if args := program.Args; tool.PackageOf != nil && len(args) > 2 && args[1] == "run" {
		return args[len(args)-1]
	}
	return ""
}

// ofScript is advice about a program that a script of the app runs and that none of its packages has; empty where it is more likely
// one of the system.
func ofScript(c failure.Cause, tool language.Tool) string {
	if c.Kind != failure.Program || len(c.Names) == 0 || tool.PackageOf == nil {
		return ""
	}
	has := tool.PackageOf(c.Names[0])
	if has == "" {
		return ""
	}
	return fmt.Sprintf("Add the package %s, which has the program %s, to %s; it is none of the app's packages.", has, c.Names[0], tool.AddTo)
}

// native advises about what the system of the build lacks.
func (a advice) native(c failure.Cause, _ language.Tool) string {
	var all []found
	if a.find != nil {
		all = a.find(c)
	}
	if len(all) == 0 {
		add := fmt.Sprintf("the Debian package that has it to project.toml, [dev.whittle.build] packages; whittle find %s may name it.", filesOf(c, c.Names[0])[0])
		if folder := a.look(language.Unfetched); folder != "" {
			return language.FetchSubmodule(folder) + "; or add " + add
		}
		return "Add " + add
	}
	if f := all[0]; f.There {
		return fmt.Sprintf("%s is there, and has it as /%s: tell the build to look there (CPATH, LIBRARY_PATH, PKG_CONFIG_PATH or PATH).", f.Package, f.Path)
	}
	packages := slices.Clone(a.packages)
	var has []string
	for _, f := range all {
		has = append(has, f.Package+" has "+path.Base(f.Path))
		packages = append(packages, f.Package)
	}
	return fmt.Sprintf("%s. In project.toml, under [dev.whittle.build]: packages = [%s]", strings.Join(has, ", and "), quoted(packages))
}

func quoted(words []string) string {
	var all []string
	for _, w := range words {
		all = append(all, fmt.Sprintf("%q", w))
	}
	return strings.Join(all, ", ")
}
