package python

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"whittle.dev/whittle/build/language"
)

//go:embed starts.py
var startsScript string

// importCheck is the setting by which the packages that the app starts with are left untried.
const importCheck = "BP_PYTHON_IMPORT_CHECK"

// startsTime is how long the packages that a start file imports may take; whether they can be imported stays open then.
const startsTime = time.Minute

// failedImport is an import that begins a start file and fails.
type failedImport struct {
	File, Statement string // of the app
	Line            int
	In              string // the package's file and line where it fails; empty for the app's own
	Says            string // by Python
	Lacks           string // the module that is not there; empty where one lacks a name
}

// checkStarts imports the packages that the start files begin with: old ones that were made for another Python, or for another
// version of what they need, install well and end the app at once. Only packages are run, and only what fails in any image counts.
func (p *python) checkStarts(ctx context.Context) error {
	files := append(p.startFiles(), p.startPrograms()...)
	if on, err := p.Truth(importCheck, true); err != nil || !on || len(files) == 0 || p.hasDebianModules() {
		return err
	}
	program, err := p.Script("starts.py", startsScript)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startsTime)
	defer cancel()
	args := append([]string{filepath.Join(p.layer.Path, "bin", "python3"), "-I", "-B", program, p.sitePackages(), p.Dir}, files...)
	var found *failedImport
	err = language.Ask(ctx, p.Run, language.Command{
		Args: args, What: "importing what the app starts with", Dir: p.Temp, Env: language.With(p.Env, map[string]string{"HOME": p.Temp, "MPLCONFIGDIR": p.Temp}),
	}, &found)
	if err != nil || found == nil {
		return nil // it ended for a reason that it may not have in the image
	}
	return p.cannotImport(*found)
}

// commandEnds are where one command of a start command ends and the next begins.
var commandEnds = regexp.MustCompile(`&&|\|\||[;|\n]`)

// startPrograms are the programs of packages that the processes run: a server that cannot import its own packages ends at once, too.
func (p *python) startPrograms() []string {
	var files []string
	for _, process := range append(slices.Clone(p.Processes), language.Process{Line: p.begin.Line}) {
		for _, command := range commandEnds.Split(process.Text(), -1) {
			words := slices.DeleteFunc(strings.Fields(command), func(w string) bool { return w == "exec" || w == "env" || strings.Contains(w, "=") })
			if len(words) == 0 || strings.Contains(words[0], "/") {
				continue
			}
			at := filepath.Join(p.layer.Path, "bin", words[0])
			if info, err := os.Lstat(at); err == nil && info.Mode().IsRegular() && !slices.Contains(files, at) {
				files = append(files, at)
			}
		}
	}
	return files
}

// hasDebianModules tells whether the user named packages of Debian that bring modules, which the build does not have.
func (p *python) hasDebianModules() bool {
	return strings.Contains(p.projectFile(), "python3-") || strings.Contains(p.Setting("BP_WHITTLE_SLICES"), "python3-")
}

var missingName = regexp.MustCompile(`^cannot import name '[^']*' from '([\w.]+)' \(([^)]*)\)`)

// cannotImport is the problem of such an import.
func (p *python) cannotImport(f failedImport) error {
	file, _, _ := strings.Cut(p.short(f.In), ":")
	top, _, _ := strings.Cut(file, "/")
	top = strings.TrimSuffix(top, ".py")
	problem := &language.Problem{
		What:     fmt.Sprintf("the app cannot start: line %d of %s fails", f.Line, p.short(f.File)),
		Evidence: []string{f.Statement, strings.TrimPrefix(p.short(f.In)+": "+f.Says, ": ")},
	}
	if program, ok := strings.CutPrefix(f.File, filepath.Join(p.layer.Path, "bin")+"/"); ok {
		problem.What = fmt.Sprintf("the app cannot start: line %d of the program %s fails", f.Line, program)
	}
	name := missingName.FindStringSubmatch(f.Says)
	hint, wasThere := gone[f.Lacks]
	switch {
	case f.Lacks == "pkg_resources":
		problem.Next = fmt.Sprintf("%s is for an older setuptools: ask for a newer version of it in %s, or for %s, which has %s.", top, p.listed(), hint, f.Lacks)
	case wasThere && hint != "":
		problem.Next = language.Or(fmt.Sprintf("%s is for an older Python: ask for a newer version of it in %s, or add %s there, which has %s", top, p.listed(), hint, f.Lacks), p.older()...) + "."
	case f.Lacks != "" && !wasThere:
		problem.Next = fmt.Sprintf("Add the package that has %s to %s.", f.Lacks, p.listed())
	case f.In == "" && name != nil:
		problem.Next = fmt.Sprintf("The version of %s that is installed does not have it: ask in %s for one that has, or change the import.", name[1], p.listed())
	case name != nil && strings.HasPrefix(name[2], p.sitePackages()):
		problem.Next = fmt.Sprintf("The versions of %s and %s do not fit: ask in %s for a newer %[1]s, or for the %[2]s of its time.", top, name[1], p.listed())
	default:
		problem.Next = language.Or(fmt.Sprintf("%s is for an older Python: ask for a newer version of it in %s", top, p.listed()), p.older()...) + "."
	}
	return problem
}

// older are steps to builders of older releases.
func (p *python) older() []string {
	var steps []string
	for _, o := range p.Elsewhere("python") {
		if fits(o.Version, "<"+minor(p.version)) {
			steps = append(steps, fmt.Sprintf("build with %s (Python %s)", o.Builder, o.Version))
		}
	}
	return steps
}
