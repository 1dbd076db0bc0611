package golang

import (
	"io/fs"
	"path"

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
	_ = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil: // what cannot be read has none that go compiles
			return nil
		case e.IsDir() && name != "." && notOfModule(e.Name()):
			return fs.SkipDir
		case !e.IsDir() && path.Ext(name) == ".go":
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}
