package rust

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// makeByFitting makes the programs, and once more by Debian's newer Rust where cargo says, before it compiles anything, that the
// build image's is too old for the crates: no file of a project tells beforehand what its crates ask for.
func (c *cargo) makeByFitting(ctx context.Context, layer language.Layer) (language.Layer, *made, error) {
	fresh, m, err := c.make(ctx, layer)
	if err == nil || !c.hasNewer() || !tooNew(err) {
		return fresh, m, err
	}
	c.Log.Line("Rust %s is too old for the crates: Debian's newer one is got", c.rustc)
	if missing := c.getNewer(ctx, "what the crates ask for"); missing != nil {
		c.Log.Warn("Debian's newer Rust is not to be had: %v", missing)
		return fresh, m, err
	}
	if !c.locked {
		if err := os.Remove(c.lockfile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fresh, m, err // made for the older Rust
		}
	}
	return c.make(ctx, layer)
}

// tooNew tells whether cargo failed because a newer Rust is asked for.
func tooNew(err error) bool {
	said := language.OutputOf(err)
	return slices.ContainsFunc(slices.Concat(cratesTooNew, appTooNew), func(t string) bool { return strings.Contains(said, t) })
}

// getNewer puts Debian's newer Rust on the paths of the build.
func (c *cargo) getNewer(ctx context.Context, by string) (err error) {
	site, err := c.More(ctx, newerBy(by))
	if err != nil {
		return err
	}
	c.Site, c.newer = site, true
	c.Log.Step("Rust by Debian's newer compiler")
	if c.rustc, err = c.compilerVersion(ctx); err != nil {
		return err
	}
	c.Log.Line("version: %s", c.rustc)
	return nil
}

// newerAsBefore gets Debian's newer Rust at once where the build before needed it for the same lock.
func (c *cargo) newerAsBefore(ctx context.Context, before *made) error {
	if before == nil || before.NewerFor != c.lockKey || !c.hasNewer() {
		return nil
	}
	return c.getNewer(ctx, "the build before")
}

// keyOfLock identifies the lock of the app, or that there is none.
func (c *cargo) keyOfLock() (string, error) {
	files, folder, err := c.Project()
	if err != nil {
		return "", err
	}
	k := language.NewKey()
	for dir := folder; ; dir = path.Dir(dir) {
		text, ok, err := language.ReadText(files, path.Join(dir, "Cargo.lock"))
		if ok || err != nil || dir == "." {
			k.Add(text)
			return k.String(), err
		}
	}
}
