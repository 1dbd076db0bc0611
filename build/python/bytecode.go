package python

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"whittle.dev/whittle/build/language"
)

// compilePackages compiles the packages to bytecode, which the image's read-only file system could never keep: without it
// every start compiles all that it imports, which takes an app of Django or FastAPI twice to three times as long. The
// bytecode is not checked against the sources (PEP 552): nothing changes them in a layer.
func (p *python) compilePackages(ctx context.Context) error {
	return p.bytecode(ctx, "unchecked-hash", p.sitePackages())
}

// compileApp compiles the app's own files. Their bytecode is checked: a volume or a layer may put others over them.
func (p *python) compileApp(ctx context.Context) error {
	for _, dir := range append(p.members(), p.Dir) {
		if err := p.bytecode(ctx, "checked-hash", dir); err != nil {
			return err
		}
	}
	return nil
}

// bytecode compiles what is below a folder, with the sources' digests instead of their times. Files that do not compile are
// templates or meant for another Python.
func (p *python) bytecode(ctx context.Context, invalidation, dir string) error {
	if on, err := p.Truth("BP_PYTHON_BYTECODE", true); err != nil || !on {
		return err
	}
	err := p.Run(ctx, language.Command{
		Args: []string{p.interpreter, "-I", "-m", "compileall", "-q", "-j", "0", "-x", `/(tests?|node_modules|\.[^/]*)/`, "--invalidation-mode", invalidation, dir},
		What: "compileall " + filepath.Base(dir), Dir: p.Temp, Env: p.Env,
	})
	var failed *language.ProgramError
	if errors.As(err, &failed) && !errors.Is(err, language.ErrNoProgram) {
		return nil // it says so by its exit status, too, where it compiled all but some
	}
	if err != nil {
		return fmt.Errorf("cannot compile %s: %w", filepath.Base(dir), err)
	}
	return nil
}
