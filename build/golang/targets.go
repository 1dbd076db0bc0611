package golang

import (
	"fmt"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// goTarget is a program to build.
type goTarget struct {
	Arg  string // for go build: "./cmd/web", "./tool.go"
	Dir  string // "cmd/web"; "." is the root
	Name string // of the binary and, where there are several, of the process
}

// goTargets decides what to build: what BP_GO_TARGETS says (directories, or files), else main in the root, else the
// main packages of cmd/, else the only one anywhere.
func goTargets(dir fs.FS, setting string) ([]goTarget, error) {
	if words := strings.FieldsFunc(setting, func(r rune) bool { return r == ':' || r == ',' || r == ' ' }); len(words) > 0 {
		return namedTargets(dir, words)
	}
	mains, err := mainPackages(dir)
	if err != nil {
		return nil, err
	}
	if slices.Contains(mains, ".") {
		return namedTargets(dir, []string{"."})
	}
	inCmd := slices.DeleteFunc(slices.Clone(mains), func(m string) bool { return !strings.HasPrefix(m, "cmd/") })
	if len(inCmd) > 0 {
		mains = inCmd
	}
	switch {
	case len(mains) == 0:
		return nil, &language.Problem{
			What: "there is no main package", Evidence: []string{"looked in every directory but vendor, testdata and hidden ones"},
			Next: "Whittle builds programs. Name one by BP_GO_TARGETS if it is elsewhere.",
		}
	case len(mains) > 1 && len(inCmd) == 0:
		return nil, &language.Problem{
			What: "there are several main packages, none in the root or in cmd/", Evidence: mains,
			Next: "Name those to build, the web process first: BP_GO_TARGETS=./" + mains[0],
		}
	}
	return namedTargets(dir, mains)
}

func namedTargets(dir fs.FS, words []string) ([]goTarget, error) {
	var targets []goTarget
	for _, w := range words {
		clean := path.Clean(strings.TrimPrefix(w, "./"))
		if _, err := fs.Stat(dir, clean); err != nil {
			return nil, &language.Problem{
				What: fmt.Sprintf("the target %q of BP_GO_TARGETS is not in the app", w), Evidence: []string{err.Error()},
				Next: "Name directories or files below the app's root, such as ./cmd/web.",
			}
		}
		t := goTarget{Arg: "./" + clean, Dir: clean, Name: strings.TrimSuffix(path.Base(clean), ".go")}
		if clean == "." {
			t = goTarget{Arg: ".", Dir: ".", Name: moduleName(dir)}
		}
		if slices.ContainsFunc(targets, func(o goTarget) bool { return o.Name == t.Name }) {
			return nil, fmt.Errorf("cannot build %s: another target has the name %s, too", w, t.Name)
		}
		targets = append(targets, t)
	}
	return targets, nil
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// moduleName is what go names the binary of the root package: the last element of the module's path, its major version
// aside; "app" where there is no module.
func moduleName(dir fs.FS) string {
	text, err := fs.ReadFile(dir, "go.mod")
	if err != nil {
		return "app"
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "module" {
			continue
		}
		module := strings.Trim(f[1], `"`)
		if majorVersion.MatchString(path.Base(module)) {
			module = path.Dir(module)
		}
		return path.Base(module)
	}
	return "app"
}

// mainPackages lists the directories of main packages, sorted.
func mainPackages(dir fs.FS) ([]string, error) {
	var mains []string
	err := fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if e.IsDir() {
			if name != "." && (base == "vendor" || base == "testdata" || base == "node_modules" || base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		parent := path.Dir(name)
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") || slices.Contains(mains, parent) {
			return nil
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		if isMain(text) {
			mains = append(mains, parent)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot look for main packages: %w", err)
	}
	return mains, nil
}

// isMain tells whether a file is part of a main package on Linux. Files that no build takes ("//go:build ignore") are
// generators and the like.
func isMain(text []byte) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil || file.Name.Name != "main" {
		return false
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() > file.Package {
				continue
			}
			if x, err := constraint.Parse(c.Text); err == nil && !x.Eval(func(tag string) bool { return tag != "ignore" && tag != "tools" && tag != "windows" }) {
				return false
			}
		}
	}
	return true
}

// removeGoSources removes what is no runtime artifact of a Go app and tells how many files that were: Go sources and
// module files, the root's vendor/, testdata/, .git, and the files of tools (Dockerfile, Makefile, …). Everything else may be data
// that the program reads from its working directory: it stays.
func removeGoSources(dir string) (int, error) {
	removed := 0
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		switch base := e.Name(); {
		case e.IsDir() && (slices.Contains([]string{"testdata", ".git", ".github"}, base) || name == filepath.Join(dir, "vendor")):
			removed++
			if err := os.RemoveAll(name); err != nil {
				return err
			}
			return fs.SkipDir
		case !e.IsDir() && isGoSource(base):
			removed++
			return os.Remove(name)
		}
		return nil
	})
	if err != nil {
		return removed, fmt.Errorf("cannot remove sources: %w", err)
	}
	return removed, language.RemoveEmpty(dir)
}

func isGoSource(base string) bool {
	switch base {
	case "go.mod", "go.sum", "go.work", "go.work.sum", "Makefile", ".gitignore", ".dockerignore", "project.toml":
		return true
	}
	return strings.HasSuffix(base, ".go") || strings.HasPrefix(base, "Dockerfile")
}
