package golang

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// removeGoSources removes what is no runtime artifact of a Go app and tells how many files that were: Go sources and
// module files, the root's vendor/ and Godeps/, testdata/ unless a source names it, and what is none of any language.
func removeGoSources(dir string, files fs.FS) (int, error) {
	read := readTestdata(files)
	return language.RemoveSources(dir, func(rel string, e fs.DirEntry) bool {
		if e.IsDir() {
			return e.Name() == "testdata" && !slices.Contains(read, rel) || rel == "vendor" || rel == "Godeps"
		}
		return slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum"}, e.Name()) || strings.HasSuffix(rel, ".go")
	})
}

// testdata is a path in quotes that leads to such a folder or through it.
var testdata = regexp.MustCompile("[\"`](?:\\./)?((?:[\\w.-]+/)*testdata)[/\"`]")

// readTestdata lists the folders called testdata that sources of the app name, tests aside: such a program reads its templates there.
func readTestdata(files fs.FS) []string {
	var all []string
	language.SourceLines(files, []string{".go"}, func(file string, _ int, line string) bool {
		if strings.HasSuffix(file, "_test.go") {
			return false
		}
		for _, m := range testdata.FindAllStringSubmatch(line, -1) {
			all = append(all, m[1])
		}
		return true
	})
	return all
}

// ownFiles calls see with the files in Go of the folder's modules, tests too. What cannot be read, go tells of.
func ownFiles(files fs.FS, see func(name string)) {
	_ = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case e.IsDir() && name != "." && notOfModule(e.Name()):
			return fs.SkipDir
		case !e.IsDir() && path.Ext(name) == ".go":
			see(name)
		}
		return nil
	})
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
