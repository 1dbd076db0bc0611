package golang

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// compiledStd is where the build image keeps a build cache with the standard library of its own toolchain, compiled as
// build compiles.
const compiledStd = "/usr/share/whittle/go-build"

// lend puts links to the entries of another build cache into one, in the place of entries of its own: what the build image
// has need not be compiled, nor saved for the next build. go verifies what it reads from a cache by its name. go also
// prunes its cache once a day, by times that the platform does not keep: a note keeps it from that.
func lend(from, cache string) error {
	entries, err := filepath.Glob(filepath.Join(from, "??", "*"))
	if err != nil {
		return fmt.Errorf("cannot list %s: %w", from, err)
	}
	for _, entry := range entries {
		to := filepath.Join(cache, filepath.Base(filepath.Dir(entry)), filepath.Base(entry))
		err := os.Symlink(entry, to)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.Symlink(entry, to))
		case errors.Is(err, fs.ErrExist):
			err = errors.Join(os.Remove(to), os.Symlink(entry, to))
		}
		if err != nil {
			return fmt.Errorf("cannot lend the build cache: %w", err)
		}
	}
	return os.WriteFile(filepath.Join(cache, "trim.txt"), []byte(strconv.FormatInt(time.Now().Unix(), 10)), 0o644)
}

// pruneCaches leaves in the caches what the next build can use: the platform saves and restores them whole, and takes a
// cache whose bytes did not change as it is. go marks what it uses by the time; what it did not use in this build is as
// old as the platform made it.
func (g *golang) pruneCaches(begun time.Time) error {
	if err := pruneBuildCache(g.env["GOCACHE"], begun.Add(-2*time.Hour)); err != nil {
		return fmt.Errorf("cannot prune the build cache: %w", err)
	}
	if err := pruneModules(g.env["GOMODCACHE"]); err != nil {
		return fmt.Errorf("cannot prune the module cache: %w", err)
	}
	return nil
}

// pruneBuildCache removes entries that were last used before a time, those that are lent, and go's note of when it pruned
// itself.
func pruneBuildCache(dir string, before time.Time) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if filepath.Dir(name) == dir || e.Type()&fs.ModeSymlink != 0 {
			return os.Remove(name)
		}
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = os.Remove(name)
		}
		return err
	})
}

// pruneModules removes what go does not read again: archives of modules that are unpacked, locks, and of toolchains what
// only tests and documentation have.
func pruneModules(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		parts := strings.Split(rel, string(filepath.Separator))
		switch {
		case strings.HasPrefix(rel, "cache/download/"):
			if !e.IsDir() && (strings.HasSuffix(name, ".zip") || strings.HasSuffix(name, ".lock")) {
				return os.Remove(name)
			}
		case len(parts) == 2 && strings.HasPrefix(rel, "golang.org/toolchain@"):
			return writable(name, e)
		case len(parts) < 3 || parts[0] != "golang.org" || !strings.HasPrefix(parts[1], "toolchain@"):
		case e.IsDir() && (e.Name() == "testdata" || len(parts) == 3 && slices.Contains([]string{"api", "doc", "misc", "test"}, e.Name())):
			if err := removeAll(name); err != nil {
				return err
			}
			return fs.SkipDir
		case e.IsDir():
			return writable(name, e)
		case !e.IsDir() && strings.HasSuffix(name, "_test.go"):
			return os.Remove(name)
		}
		return nil
	})
}

// writable lets the files of a directory be removed: go makes toolchains read-only, whatever -modcacherw says.
func writable(name string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil || info.Mode()&0o200 != 0 {
		return err
	}
	return os.Chmod(name, info.Mode().Perm()|0o200)
}

// removeAll removes a directory in which nothing may be written.
func removeAll(dir string) error {
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return writable(name, e)
	})
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
