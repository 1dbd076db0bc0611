package language

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// RemoveSources removes from the folder of a compiled app what is no runtime artifact, and tells how many files and folders
// that were: what source says of a path below the folder, version control, and the files of tools (Dockerfile, Makefile,
// …). Everything else may be data that a program reads from its working directory: it stays. Folders that become empty go,
// too.
func RemoveSources(dir string, source func(rel string, e fs.DirEntry) bool) (int, error) {
	removed := 0
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil || !source(rel, e) && !isOfTools(e) {
			return err
		}
		removed++
		if err := os.RemoveAll(name); err != nil || !e.IsDir() {
			return err
		}
		return fs.SkipDir
	})
	if err != nil {
		return removed, fmt.Errorf("cannot remove sources: %w", err)
	}
	return removed, RemoveEmpty(dir)
}

// OfProject are files in the folder of an app that only its build and version control read, also of one that is taken as it is.
var OfProject = []string{"project.toml", "Dockerfile", ".dockerignore", ".gitignore", ".gitattributes", ".gitmodules"}

// isOfTools tells whether a file or folder is one of tools that no program reads when it runs.
func isOfTools(e fs.DirEntry) bool {
	base := e.Name()
	if e.IsDir() {
		return slices.Contains([]string{".git", ".github"}, base)
	}
	return slices.Contains([]string{"Makefile", ".gitignore", ".gitattributes", ".gitmodules", ".dockerignore", ".editorconfig", "project.toml"}, base) || strings.HasPrefix(base, "Dockerfile")
}
