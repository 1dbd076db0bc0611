package build

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
)

// envSlice has /usr/bin/env, the program that the first lines of portable scripts name.
const envSlice = "coreutils_env"

// envFor is the slice with /usr/bin/env, for an app that has a script which asks for it; no slice where the run image has it, or
// cannot start it. Scripts for a shell count where the user asks for slices, as nothing else brings a shell.
func (b *builder) envFor() ([]slicer.Named, error) {
	if b.definitions == nil || b.definitions.Package("coreutils") == nil || b.contract.Floor.HasFile("usr/bin/env") {
		return nil, nil
	}
	script, err := envScript(b.dir, len(b.project.Settings.Slices) > 0)
	if err != nil || script == "" || checkLibc(b.contract, os.DirFS(b.Root), "/usr/bin/env") != nil {
		return nil, err
	}
	return []slicer.Named{{Name: envSlice, By: script, Kind: manifest.Runtime, Layer: contract.LayerSlices}}, nil
}

var (
	envLine  = regexp.MustCompile(`^#![ \t]*/usr/bin/env\s`)
	envShell = regexp.MustCompile(`^#![ \t]*/usr/bin/env\s+(?:-S\s+)?(?:a|ba|c|da|fi|k|z)?sh\b`)
)

// envScript is the first script of the app that begins with "#!/usr/bin/env" and may be executed, by its path below the app's
// folder; empty for none. Packages of its language are not the app's: their scripts are started by what installed them. Scripts for a
// shell are left out, unless shells says that the image may have one.
func envScript(dir string, shells bool) (found string, err error) {
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains([]string{"node_modules", "vendor", ".git"}, e.Name()):
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		info, err := e.Info()
		if err != nil || info.Mode()&0o111 == 0 {
			return err
		}
		head, err := headOf(name)
		if err != nil || !envLine.Match(head) || !shells && envShell.Match(head) {
			return err
		}
		if found, err = filepath.Rel(dir, name); err != nil {
			return err
		}
		return fs.SkipAll
	})
	if err != nil {
		return "", fmt.Errorf("cannot look for scripts: %w", err)
	}
	return found, nil
}

// headOf is the beginning of a file, as much as a first line that the system reads.
func headOf(name string) ([]byte, error) {
	f, err := language.OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 256))
}
