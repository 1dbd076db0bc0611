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
