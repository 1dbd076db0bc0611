package golang

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// installedStd has go take the standard library that the build image has compiled, beside its sources
// (scripts/build-image/go-std.sh), where it would compile it into the build cache else: so did all of Go before 1.20. go
// tells by a digest whether what is there is what it would make, and a toolchain that has none there compiles its own.
const installedStd = "installgoroot=all"

// debugSettings are the settings of the user for go, and that of the standard library.
func debugSettings(users string) string {
	if users == "" {
		return installedStd
	}
	return users + "," + installedStd
}

// keepRestored has go leave in its build cache what the platform restored: it prunes that once a day, by times that the
// platform does not keep.
func keepRestored(cache string) error {
	err := os.WriteFile(filepath.Join(cache, "trim.txt"), []byte(strconv.FormatInt(time.Now().Unix(), 10)), 0o644)
	if err != nil {
		return fmt.Errorf("cannot prepare the build cache: %w", err)
	}
	return nil
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

// pruneBuildCache removes entries that were last used before a time, and go's notes.
func pruneBuildCache(dir string, before time.Time) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if filepath.Dir(name) == dir {
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
