package golang

import (
	"cmp"
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"whittle.dev/whittle/build/language"
)

// target is a program to build.
type target struct {
	Arg      string // for go build: "./cmd/web", "./tool.go"
	Dir      string // "cmd/web"; "." is the root
	Name     string // of the binary and, where there are several, of the process
	Standard bool   // it is what the image runs by itself
	Why      string // what it is, where that is no package of the app
}

// folder is that of the target's sources.
func (t target) folder() string {
	if path.Ext(t.Dir) == ".go" {
		return path.Dir(t.Dir)
	}
	return t.Dir
}

// targets decides what to build: what the user says (directories, files, patterns), else main in the root, else the main
// packages of cmd/, else the only one anywhere, else those of a workspace's members. Programs below folders such as
// examples/ or scripts/ count where there are no others.
func (g *golang) targets() ([]target, error) {
	dir := g.Files
	mains, members, err := g.ownMains()
	if err != nil {
		return nil, err
	}
	g.mains = mains
	if words, from := g.said(); len(words) > 0 {
		if words, err = expand(dir, words, mains, from); err != nil {
			return nil, err
		}
		if err := ofOtherModule(dir, words, members, from); err != nil {
			return nil, err
		}
		return namedTargets(dir, words, from)
	}
	if g.function, err = g.findFunction(mains); err != nil {
		return nil, err
	}
	if g.function != nil {
		return []target{g.function.target()}, nil
	}
	mains = withoutMinor(mains)
	if slices.Contains(mains, ".") {
		targets, err := namedTargets(dir, []string{"."}, "")
		if err == nil && !language.IsFile(dir, "go.mod") && readLegacy(dir).Path == "" {
			targets[0].Name = g.programOfProcess(targets[0].Name)
		}
		return targets, err
	}
	inCmd := slices.DeleteFunc(slices.Clone(mains), func(m string) bool { return !strings.HasPrefix(m, "cmd/") })
	if len(inCmd) > 0 {
		mains = inCmd
	}
	servers := slices.DeleteFunc(slices.Clone(mains), isClient)
	if len(inCmd) == 0 && len(members) == 0 && len(servers) == 1 {
		mains = servers
	}
	switch {
	case len(mains) == 0:
		return nil, g.withoutMain()
	case len(mains) > 1 && len(inCmd) == 0 && len(members) == 0:
		return nil, &language.Problem{
			What: "there are several main packages, none in the root or in cmd/", Evidence: language.Most(mains),
			Next: "Name those to build, the web process first: BP_GO_TARGETS=./" + append(servers, mains...)[0],
		}
	}
	return namedTargets(dir, mains, "")
}

// ofOtherModule is the problem of a target that go does not build from here, as it is of a module of its own; nil for none.
func ofOtherModule(dir fs.FS, words, members []string, from string) error {
	for _, w := range words {
		clean := path.Clean(w)
		for at := clean; at != "." && fs.ValidPath(at) && !belongs(dir, clean, members); at = path.Dir(at) {
			if !language.IsFile(dir, path.Join(at, "go.mod")) {
				continue
			}
			return &language.Problem{
				What: fmt.Sprintf("the target %q of %s is of a module of its own", w, from), Evidence: []string{at + "/go.mod"},
				Next: fmt.Sprintf("Name the module's folder as the app's: BP_WHITTLE_APP=%s.", at),
			}
		}
	}
	return nil
}

// ownMains lists the main packages of the root's module, or of the workspace's members.
func (g *golang) ownMains() (mains, members []string, err error) {
	dir := g.Files
	if mains, err = mainPackages(dir, g.Arch, g.allTags()); err != nil {
		return nil, nil, err
	}
	if members, err = workspace(dir); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(mains, func(m string) bool { return !belongs(dir, m, members) }), members, nil
}

// withoutMinor leaves out examples and tools where there are others. A program below internal/, which no other module may import, is a
// generator or the like, and less than an example.
func withoutMinor(mains []string) []string {
	inside := func(m string) bool { return slices.Contains(strings.Split(m, "/"), "internal") }
	for _, lesser := range []func(string) bool{func(m string) bool { return language.IsMinor(m) || inside(m) }, inside} {
		if major := slices.DeleteFunc(slices.Clone(mains), lesser); len(major) > 0 {
			return major
		}
	}
	return mains
}

// isClient tells whether a main package is the other side of the app: "client", "greeter_client".
func isClient(dir string) bool {
	words := strings.FieldsFunc(path.Base(dir), func(r rune) bool { return r == '_' || r == '-' })
	return len(words) > 0 && words[len(words)-1] == "client"
}

func isSeparator(r rune) bool { return r == ':' || r == ',' || r == ' ' || r == '\n' || r == '\t' }

// namedTargets makes targets of directories and files. from is where the user said them, in order; the first is the one that the
// image runs then, unless one is called web. It is empty where nobody did.
func namedTargets(dir fs.FS, words []string, from string) ([]target, error) {
	var targets []target
	for _, w := range words {
		clean := path.Clean(strings.TrimPrefix(w, "./"))
		if _, err := fs.Stat(dir, clean); err != nil {
			return nil, &language.Problem{
				What: fmt.Sprintf("the target %q of %s is not in the app", w, from), Evidence: []string{err.Error()},
				Next: "Name directories or files below the app's root, such as ./cmd/web.",
			}
		}
		t := target{Arg: "./" + clean, Dir: clean, Name: programName(dir, clean)}
		if clean == "." {
			t.Arg = "."
		}
		if i := slices.IndexFunc(targets, func(o target) bool { return o.Name == t.Name }); i >= 0 {
			return nil, &language.Problem{
				What: fmt.Sprintf("two programs would be called %s", t.Name), Evidence: []string{targets[i].Arg, t.Arg},
				Next: "Name the ones to build: BP_GO_TARGETS=" + t.Arg,
			}
		}
		targets = append(targets, t)
	}
	usual := []string{"web"}
	if module := moduleName(dir); from == "" {
		usual = append(usual, "server", "app", "api", module+"d", module+"-server", module)
	}
	chooseStandard(targets, usual)
	return targets, nil
}

// chooseStandard marks the program that the image runs by itself: the first that has a usual name, else the first.
func chooseStandard(targets []target, usual []string) {
	for _, name := range usual {
		if i := slices.IndexFunc(targets, func(t target) bool { return t.Name == name }); i >= 0 {
			targets[i].Standard = true
			return
		}
	}
	targets[0].Standard = true
}

// standardOf is the one that is marked.
func standardOf(targets []target) target {
	return targets[max(0, slices.IndexFunc(targets, func(t target) bool { return t.Standard }))]
}

// programName is what go names the program of a package: the last element of its path, a major version aside.
func programName(dir fs.FS, clean string) string {
	if clean == "." {
		return moduleName(dir)
	}
	if majorVersion.MatchString(path.Base(clean)) && strings.Contains(clean, "/") {
		clean = path.Dir(clean)
	}
	return strings.TrimSuffix(path.Base(clean), ".go")
}

// workspace lists the directories of a go.work's modules; none where there is no workspace.
func workspace(dir fs.FS) ([]string, error) {
	text, err := fs.ReadFile(dir, "go.work")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read go.work: %w", err)
	}
	work, err := modfile.ParseWork("go.work", text, nil)
	if err != nil {
		return nil, &language.Problem{What: "cannot read go.work", Evidence: []string{err.Error()}, Next: "Correct that line.", Err: err}
	}
	var members []string
	for _, u := range work.Use {
		members = append(members, path.Clean(u.Path))
	}
	return members, nil
}

// belongs tells whether a package is of the root's module or of a member of the workspace: go builds no others from there.
func belongs(dir fs.FS, name string, members []string) bool {
	for at := name; ; at = path.Dir(at) {
		if _, err := fs.Stat(dir, path.Join(at, "go.mod")); err == nil {
			return slices.Contains(members, at) || len(members) == 0 && at == "."
		}
		if at == "." {
			return len(members) == 0
		}
	}
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// moduleName is what go names the program of the root package: the last element of the module's path, its major version
// aside; without a module, of the path that the app had in GOPATH.
func moduleName(dir fs.FS) string {
	text, err := fs.ReadFile(dir, "go.mod")
	if err != nil {
		return path.Base(readLegacy(dir).importPath())
	}
	module := modfile.ModulePath(text)
	if majorVersion.MatchString(path.Base(module)) {
		module = path.Dir(module)
	}
	if module == "" {
		return "app"
	}
	return path.Base(module)
}

// mainPackages lists the directories of main packages, sorted.
func mainPackages(dir fs.FS, arch string, tags []string) ([]string, error) {
	taken := takenFiles(dir, arch, tags)
	var mains []string
	err := walkFiles(dir, func(name string) error {
		parent := path.Dir(name)
		if strings.HasSuffix(name, "_test.go") || slices.Contains(mains, parent) {
			return nil
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		if isMain(text) && taken(name) {
			mains = append(mains, parent)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot look for main packages: %w", err)
	}
	return mains, nil
}

// isMain tells whether a file is part of a main package.
func isMain(text []byte) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.PackageClauseOnly)
	return err == nil && file.Name.Name == "main"
}

// takenFiles tells of files whether go takes them in a build for Linux, by their names ("main_windows.go") and their constraints
// ("//go:build ignore"), with cgo or without: whether that is on is decided later.
func takenFiles(dir fs.FS, arch string, tags []string) func(name string) bool {
	c := build.Context{
		GOOS: "linux", GOARCH: cmp.Or(arch, "amd64"), Compiler: "gc", BuildTags: tags, ReleaseTags: build.Default.ReleaseTags, JoinPath: path.Join,
		OpenFile: func(name string) (io.ReadCloser, error) { return dir.Open(name) },
	}
	return func(name string) bool {
		for _, c.CgoEnabled = range []bool{false, true} {
			if ok, err := c.MatchFile(path.Dir(name), path.Base(name)); ok && err == nil {
				return true
			}
		}
		return false
	}
}
