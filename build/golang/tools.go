package golang

import (
	"io/fs"

	"golang.org/x/mod/modfile"

	"whittle.dev/whittle/build/language"
)

// ofTools tells whether go.mod pins tools for developers and nothing else: it names some (directive "tool"), and the folder has no file in Go.
func ofTools(files fs.FS) bool {
	text, ok, err := language.ReadText(files, "go.mod")
	if !ok || err != nil {
		return false
	}
	mod, err := modfile.Parse("go.mod", []byte(text), nil)
	return err == nil && len(mod.Tool) > 0 && !hasSources(files)
}

// hasSources tells whether a folder has files in Go, at any depth.
func hasSources(files fs.FS) bool {
	found := false
	_ = walkFiles(files, func(string) error { // what cannot be read, go tells of
		found = true
		return fs.SkipAll
	})
	return found
}
