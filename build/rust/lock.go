package rust

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// findLock tells which lock the app has: that of its workspace, whose root may be above the app's folder.
func (c *cargo) findLock(ctx context.Context) error {
	manifest, err := c.output(ctx, "locate-project", "--workspace", "--message-format", "plain")
	if err != nil {
		return err
	}
	dir := filepath.Dir(manifest)
	if dir != c.Root && !strings.HasPrefix(dir, c.Root+"/") {
		return &language.Problem{What: "the app belongs to a workspace outside the project", Evidence: []string{manifest}, Next: "Build the folder that has the workspace's root, and name the app's folder in it by BP_WHITTLE_APP."}
	}
	c.lockfile = filepath.Join(dir, "Cargo.lock")
	c.locked = language.Exists(c.lockfile)
	return nil
}

// lock makes sure that there is a lock that fits, and returns what cargo knows by it. A lock is never made anew unasked; where
// it differs from the manifests in nothing but the project's own packages, or in crates that are no longer asked for, it is
// taken as it is.
func (c *cargo) lock(ctx context.Context) (*metadata, error) {
	switch {
	case !c.locked:
		c.Log.Warn("there is no Cargo.lock: the newest versions that Rust %s compiles are taken, and each build may take others; commit Cargo.lock to pin them", c.rustc)
		if err := c.run(ctx, "generate-lockfile"); err != nil {
			return nil, err
		}
	case c.Setting("BP_LOCK") == language.Update:
		c.Log.Line("BP_LOCK=update: Cargo.lock is renewed for this build")
		if err := c.run(ctx, "update", "--workspace"); err != nil {
			return nil, err
		}
	}
	meta, err := c.metadata(ctx)
	if !isStale(err) {
		return meta, err
	}
	differs, err := c.difference(ctx)
	if err != nil {
		return nil, err
	}
	if len(differs) > 0 {
		return nil, &language.Problem{
			What: "Cargo.lock is out of date: the manifests ask for other crates", Evidence: differs, Err: err,
			Next: "Run cargo update --workspace and commit Cargo.lock, or set BP_LOCK=update to have the build do it each time.",
		}
	}
	c.Log.Line("Cargo.lock has other versions of the project's own packages; the crates in it are taken as they are")
	if err := c.run(ctx, "update", "--workspace"); err != nil {
		return nil, err
	}
	return c.metadata(ctx)
}

// isStale tells whether cargo would have to change the lock.
func isStale(err error) bool {
	var program *language.ProgramError
	return errors.As(err, &program) && strings.Contains(program.Output, "--locked was passed")
}

// difference lists the crates that a lock lacks, or has in versions that do not fit, as cargo update would change them. The
// project's own packages do not count, nor what the lock has too much.
func (c *cargo) difference(ctx context.Context) ([]string, error) {
	said, err := c.said(ctx, "update", "--workspace", "--dry-run")
	if err != nil {
		return nil, err
	}
	var all []string
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "Adding", "Updating", "Downgrading", "Upgrading":
			// "Adding serde v1.0.0", "Updating web v0.1.0 (/workspace) -> v0.2.0", "Updating crates.io index"
			name, version, ok := strings.Cut(strings.TrimSpace(rest), " ")
			if ok && strings.HasPrefix(version, "v") && !strings.Contains(version, "("+c.Root) {
				all = append(all, strings.ToLower(verb)+" "+name+" "+version)
			}
		}
	}
	return all, nil
}
