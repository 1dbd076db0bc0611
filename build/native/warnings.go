package native

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"whittle.dev/whittle/build/language"
)

// specsDir is a folder of layer native-build, where its path is the same in each build, with a file that says to GCC which of its options
// it leaves out (specs files, gcc(1)). GCC looks for its own file where it looks for what begins a program, LIBRARY_PATH among these: so
// it counts whatever flags a build system, or a Makefile by itself, gives to the compiler. Clang takes the folder for one of libraries, and
// finds none.
const specsDir = "gcc"

// noErrors leaves out what makes an error of each warning. Projects say so for the compiler of their developers; another version,
// or optimization, which Makefiles often leave to others, finds more to warn of. Those that a project names (-Werror=format)
// stay errors.
const noErrors = "\n\n*self_spec:\n+ %<Werror %<pedantic-errors\n\n"

// lately are warnings about C that GCC has made errors of in version 14: code without prototypes, as it was written for decades. They are
// warnings again. One more, int-conversion, stays an error: by it a pointer loses half of itself, where the function that returns it is
// declared nowhere.
var lately = []string{"implicit-function-declaration", "implicit-int", "incompatible-pointer-types", "return-mismatch", "declaration-missing-parameter-type"}

// sinceVersion is the first GCC that knows them all.
const sinceVersion = 14

// forgotten is what the file says beside the compiler's own specs. A project's options follow these and win.
func forgotten(compiler string) string {
	major, _, _ := strings.Cut(compiler, ".")
	if v, err := strconv.Atoi(major); err != nil || v < sinceVersion {
		return noErrors
	}
	return noErrors + "*cc1:\n+ %{,c:-Wno-error=" + strings.Join(lately, " -Wno-error=") + "}\n\n"
}

// ofLate matches a line by which a compiler warns of such code: its place, and what it is.
var ofLate = regexp.MustCompile(`^(\S+:\d+):\d+: warning: (.*) \[-W(?:` + strings.Join(lately, "|") + `)\]$`)

// tellOfLate warns once of such code, which a newer compiler refuses by itself.
func (n *native) tellOfLate(p *progress) {
	if p.late == nil {
		return
	}
	what := strings.TrimPrefix(p.late[1], n.dir+"/") + ": " + p.late[2]
	if p.lateCount > 1 {
		what += fmt.Sprintf(" (and %d more like it)", p.lateCount-1)
	}
	n.Log.Warn("%s: since version %d GCC by itself refuses such code, which older ones compiled; this build does as those", what, sinceVersion)
}

// ownFolder is where a GCC has what belongs to it: the last two folders are of its machine and its version.
var ownFolder = regexp.MustCompile(`(?m)^install: \S*/([\w.-]+/[\w.-]+)/$`)

// libraryPath is the variable with that folder before those that the user names.
func (n *native) libraryPath() map[string]string {
	return map[string]string{"LIBRARY_PATH": language.Prepend(n.Env, "LIBRARY_PATH", filepath.Join(n.work, specsDir))}
}

// forgetErrors writes the file: all that GCC says of itself, and what it leaves out. Only a compiler of that machine and version reads it. There
// is none while a project is configured, as configure scripts try by -Werror what a compiler can do.
func (n *native) forgetErrors(ctx context.Context) error {
	ask := func(option string) (string, error) {
		return language.Output(ctx, n.Run, language.Command{Args: []string{"gcc", option}, Dir: n.Temp, Env: n.Env})
	}
	where, err := ask("-print-search-dirs")
	if err != nil {
		return fmt.Errorf("cannot ask the compiler for its options: %w", err)
	}
	own := ownFolder.FindStringSubmatch(where)
	if own == nil {
		return nil // no GCC: warnings stay what they are
	}
	specs, err := ask("-dumpspecs")
	if err != nil {
		return fmt.Errorf("cannot ask the compiler for its options: %w", err)
	}
	dir := filepath.Join(n.work, specsDir, own[1])
	if err = os.MkdirAll(dir, 0o755); err == nil {
		err = os.WriteFile(filepath.Join(dir, "specs"), []byte(strings.TrimRight(specs, "\n")+forgotten(n.compiler)), 0o644)
	}
	if err != nil {
		return fmt.Errorf("cannot write the compiler's options: %w", err)
	}
	return nil
}

// runCompilers has a build system compile what it was configured for.
func (n *native) runCompilers(ctx context.Context, args ...string) error {
	if err := n.forgetErrors(ctx); err != nil {
		return err
	}
	return n.run(ctx, n.dir, args...)
}
