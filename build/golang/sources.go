package golang

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

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

// readsPort tells whether a source of the app names the variable PORT: then it has a value also where no platform sets it,
// the same one as for apps of all languages.
func readsPort(files fs.FS) bool {
	found := false
	_ = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil: // what cannot be read, go has told of
			return nil
		case e.IsDir() && slices.Contains([]string{"vendor", "testdata", "node_modules", ".git"}, e.Name()):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(files, name)
		if found = err == nil && strings.Contains(string(text), `"PORT"`); found {
			return fs.SkipAll
		}
		return nil
	})
	return found
}
