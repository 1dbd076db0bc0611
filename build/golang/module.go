package golang

import (
	"context"
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"whittle.dev/whittle/build/language"
)

// module makes sure that go can build: modules with or without go.sum, vendored ones, workspaces, and folders that have
// never seen a module. What the project pins is taken as it is; BP_LOCK=update lets go mod tidy decide anew.
func (g *golang) module(ctx context.Context) error {
	has := func(name string) bool { return language.Exists(filepath.Join(g.Dir, name)) }
	switch {
	case has("go.mod") && g.Setting("BP_LOCK") == language.Update:
		return g.tidy(ctx, "BP_LOCK=update")
	case has("go.work"):
		return nil
	case has("go.mod") && has("vendor/modules.txt"):
		g.flags = append(g.flags, "-mod=vendor")
		return nil
	case has("go.mod") && !has("go.sum"):
		return g.withoutSums()
	case has("go.mod"):
		return nil
	case has("vendor"), has(godepsWorkspace):
		return g.gopath()
	}
	return g.onTheFly(ctx)
}

// withoutSums lets go write a go.sum for this build: the versions are those of go.mod, and nothing pins their content.
func (g *golang) withoutSums() error {
	if mod, err := g.readModule(); err != nil || len(mod.Require) == 0 {
		return err
	}
	g.flags = append(g.flags, "-mod=mod")
	g.Log.Warn("there is no go.sum: nothing pins what the modules of go.mod hold; run go mod tidy and commit its result")
	return nil
}

// readModule reads go.mod, as far as it is known here: directives of newer versions are passed over.
func (g *golang) readModule() (*modfile.File, error) {
	text, ok, err := language.ReadText(g.Files, "go.mod")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("cannot read go.mod: it is no regular file of the app")
	}
	mod, err := modfile.ParseLax("go.mod", []byte(text), nil)
	if err != nil {
		return nil, &language.Problem{What: "cannot read go.mod", Evidence: []string{err.Error()}, Next: "Correct that line; go mod tidy tells the same.", Err: err}
	}
	return mod, nil
}

// tidy lets go decide the versions of modules, and names each that it chose.
func (g *golang) tidy(ctx context.Context, why string) error {
	before, err := g.readModule()
	if err != nil {
		return err
	}
	old := map[string]string{}
	for _, r := range before.Require {
		old[r.Mod.Path] = r.Mod.Version
	}
	if err := g.run(ctx, "mod", "tidy"); err != nil {
		return err
	}
	after, err := g.readModule()
	if err != nil {
		return err
	}
	var chosen []string
	for _, r := range after.Require {
		if old[r.Mod.Path] != r.Mod.Version {
			chosen = append(chosen, r.Mod.String())
		}
	}
	if len(chosen) == 0 {
		return nil
	}
	g.Log.Warn("%s: nothing pins these modules, and the newest versions were taken; commit go.mod and go.sum to keep them", why)
	for _, c := range chosen {
		g.Log.Line("  %s", c)
	}
	return nil
}

// onTheFly makes a module of a folder. Modules of go 1.18 and newer ignore "// +build", so that one with such a tag says
// 1.17.
func (g *golang) onTheFly(ctx context.Context) error {
	version := "1.21"
	old, err := hasOldTags(g.Files)
	if err != nil {
		return err
	}
	if old {
		version = "1.17"
	}
	before := readLegacy(g.Files)
	text := "module " + before.importPath() + "\n\ngo " + version + "\n"
	if err := writeNew(filepath.Join(g.Dir, "go.mod"), text); err != nil {
		return fmt.Errorf("cannot write go.mod: %w", err)
	}
	g.Log.Line("there is no go.mod: a module is made for this build")
	if len(before.Pins) > 0 {
		g.Log.Line("versions: those of %s", before.File)
		if err := g.run(ctx, append([]string{"get"}, before.Pins...)...); err != nil {
			return err
		}
	}
	if err := g.tidy(ctx, "no go.mod"); err != nil {
		return err
	}
	return g.stayWithToolchain()
}

// stayWithToolchain has go compile with the newest toolchain that it has got for the choice of versions: that is of the newest line, and
// the oldest that these versions allow would be another download.
func (g *golang) stayWithToolchain() error {
	if g.env["GOTOOLCHAIN"] != "" {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(g.env["GOMODCACHE"], "golang.org", "toolchain@v0.0.1-go*.linux-"+g.Arch))
	if err != nil {
		return fmt.Errorf("cannot look for toolchains: %w", err)
	}
	own := "go" + g.local
	newest := own
	for _, dir := range found {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(dir), "toolchain@v0.0.1-"), ".linux-"+g.Arch)
		if version.Compare(name, newest) > 0 {
			newest = name
		}
	}
	if newest != own {
		g.env["GOTOOLCHAIN"] = newest
	}
	return nil
}

// writeNew writes a file that is not there, and nothing through a link that leads nowhere yet.
func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// godepsWorkspace is a folder of GOPATH in which Godep kept the sources that an app needs, before there was vendor/.
const godepsWorkspace = "Godeps/_workspace"

// gopath builds vendored sources without a module as they were built before modules: below GOPATH. A link does; go takes
// the directory's name from PWD where both are the same.
func (g *golang) gopath() error {
	name := readLegacy(g.Files).importPath()
	g.dir = filepath.Join(g.env["GOPATH"], "src", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(g.dir), 0o755); err != nil {
		return fmt.Errorf("cannot make GOPATH: %w", err)
	}
	if err := os.Symlink(g.Dir, g.dir); err != nil {
		return fmt.Errorf("cannot make GOPATH: %w", err)
	}
	gopath := g.env["GOPATH"]
	if own := filepath.Join(g.dir, godepsWorkspace); language.Exists(own) {
		gopath = own + string(filepath.ListSeparator) + gopath
	}
	g.env = language.With(g.env, map[string]string{"GO111MODULE": "off", "GOPATH": gopath, "PWD": g.dir})
	g.Log.Line("there is no go.mod, but the app has the sources that it needs: built in GOPATH mode, as package %s", name)
	return nil
}

// hasOldTags tells whether a file of the app has a constraint of the form that modules of go 1.18 and newer pass over.
func hasOldTags(dir fs.FS) (bool, error) {
	found := false
	err := walkFiles(dir, func(name string) error {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		if head, _, _ := strings.Cut("\n"+string(text), "\npackage "); strings.Contains(head, "\n// +build ") && !strings.Contains(head, "\n//go:build ") {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("cannot look for build tags: %w", err)
	}
	return found, nil
}
