package native

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// autotools configures, builds and installs by ./configure, which is made where only its source is there.
func (n *native) autotools(ctx context.Context) (built, error) {
	if !language.Exists(filepath.Join(n.dir, "configure")) {
		if err := n.makeConfigure(ctx); err != nil {
			return built{}, err
		}
	}
	if !language.Exists(filepath.Join(n.dir, "config.status")) {
		configure, err := n.configure()
		if err != nil {
			return built{}, err
		}
		if err := n.run(ctx, n.dir, append(configure, n.args...)...); err != nil {
			return built{}, err
		}
	}
	if err := n.runCompilers(ctx, "make", "-j"+jobs()); err != nil {
		return built{}, err
	}
	made := built{Libraries: []string{n.dir}}
	if err := n.run(ctx, n.dir, "make", "install"); err != nil {
		return made, err
	}
	return made, nil
}

// configure is how the script configure is run. One that somebody wrote by hand knows its prefix, and refuses options that it does not
// know; a shell of its own runs it.
func (n *native) configure() ([]string, error) {
	text, found, err := language.ReadText(n.Files, "configure")
	if err != nil {
		return nil, err
	}
	if !found || madeByAutoconf(text) {
		return []string{"sh", "./configure", "--prefix=" + n.prefix, "--libdir=" + filepath.Join(n.prefix, "lib"), "--disable-static"}, nil
	}
	shell := "sh"
	if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, "bash") {
		shell = "bash"
	}
	return []string{shell, "./configure", "--prefix=" + n.prefix}, nil
}

// bootstraps are scripts by which projects make configure themselves, where more has to be done than autoreconf does.
var bootstraps = []string{"autogen.sh", "bootstrap", "bootstrap.sh", "buildconf", "buildconf.sh"}

// makeConfigure makes the script configure: by autoreconf, and where that fails by the project's own script. Such scripts often go on
// and configure, for another place; it is done again.
func (n *native) makeConfigure(ctx context.Context) error {
	err := n.run(ctx, n.dir, "autoreconf", "--force", "--install")
	i := slices.IndexFunc(bootstraps, func(name string) bool { return language.IsFile(n.Files, name) })
	var program *language.ProgramError
	if !errors.As(err, &program) || i < 0 {
		return err
	}
	n.Log.Line("autoreconf fails: %s of the project has to come first", bootstraps[i])
	if err := n.run(ctx, n.dir, "env", "NOCONFIGURE=1", "sh", "./"+bootstraps[i]); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(n.dir, "config.status"))
}

// make builds by a Makefile that nobody made. It is installed by the target install, where there is one that takes PREFIX or
// DESTDIR; else the programs that it made are taken.
func (n *native) make(ctx context.Context) (built, error) {
	if err := n.runCompilers(ctx, append([]string{"make", "-j" + jobs()}, n.args...)...); err != nil {
		return built{}, err
	}
	made := built{Libraries: []string{n.dir}}
	installed, err := n.makeInstall(ctx)
	if err != nil || installed {
		return made, err
	}
	made.Programs, err = n.madePrograms()
	return made, err
}

var installTarget = regexp.MustCompile(`(?m)^install\s*:`)

// hasDefault tells whether a Makefile of the project sets a variable only where the environment does not.
func hasDefault(files fs.FS, variable string) bool {
	assigns := regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?` + variable + `[ \t]*\?=`)
	for _, pattern := range []string{"GNUmakefile", "[Mm]akefile", "*.mk", "*/[Mm]akefile", "*/*.mk"} {
		found, err := fs.Glob(files, pattern)
		if err == nil && slices.ContainsFunc(found, func(name string) bool {
			text, _, err := language.ReadText(files, name)
			return err == nil && assigns.MatchString(text)
		}) {
			return true
		}
	}
	return false
}

// makeInstall runs the target install, and tells whether it brought programs to where they can be taken from.
func (n *native) makeInstall(ctx context.Context) (bool, error) {
	text, _, err := language.ReadText(n.Files, language.FirstFile(n.Files, makefiles...))
	if err != nil || !installTarget.MatchString(text) {
		return false, err
	}
	stage := filepath.Join(n.Temp, "stage")
	args := append([]string{"make", "install", "PREFIX=" + n.prefix, "prefix=" + n.prefix}, n.args...)
	if strings.Contains(text, "DESTDIR") {
		args = append(args, "DESTDIR="+stage)
	}
	var program *language.ProgramError
	if err := n.run(ctx, n.dir, args...); errors.As(err, &program) {
		n.Log.Warn("make install takes neither PREFIX nor DESTDIR, or fails: the programs are taken from where they were built")
		return false, nil
	} else if err != nil {
		return false, err
	}
	for _, at := range []string{n.prefix, "/usr/local", "/usr", "/"} {
		from := filepath.Join(stage, at)
		if !language.Exists(from) {
			continue
		}
		if err := os.CopyFS(n.prefix, os.DirFS(from)); err != nil {
			return false, fmt.Errorf("cannot take what make installed: %w", err)
		}
		break
	}
	programs, err := n.programsIn(filepath.Join(n.prefix, "bin"))
	return len(programs) > 0, err
}

// madePrograms are the programs in the folder that the sources do not have.
func (n *native) madePrograms() ([]string, error) {
	var all []string
	err := filepath.WalkDir(n.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(n.dir, name)
		switch {
		case err != nil:
			return err
		case e.IsDir() && rel != "." && (language.IsMinor(e.Name()) || strings.HasPrefix(e.Name(), ".")):
			return fs.SkipDir
		case !e.Type().IsRegular() || language.Exists(filepath.Join(n.Dir, rel)):
			return nil
		}
		o, err := readELF(name)
		if err == nil && o != nil && isProgram(o, name) {
			all = append(all, name)
		}
		return nil // what is no proper ELF file is no program
	})
	if err != nil {
		return nil, fmt.Errorf("cannot look for programs: %w", err)
	}
	return all, nil
}
