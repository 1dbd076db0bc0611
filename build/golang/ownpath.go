package golang

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"whittle.dev/whittle/build/language"
)

// standard are the first elements of the standard library's import paths.
var standard = strings.Fields(`archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag
	fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort strconv strings
	structs sync syscall testing text time unicode unique unsafe weak`)

// ownPath is the import path below which the app's files import packages that lie in its folders: "github.com/x/shop" where main.go
// imports "github.com/x/shop/handlers" and there is a folder handlers. It is empty where none does, or where they disagree.
func ownPath(dir fs.FS) string {
	var own []string
	err := walkFiles(dir, func(name string) error {
		if slices.Contains(strings.Split(name, "/"), "Godeps") {
			return nil
		}
		text, _, err := language.ReadText(dir, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly)
		if err != nil {
			return nil // go tells of it
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if prefix := prefixOf(dir, imported); err == nil && prefix != "" && !slices.Contains(own, prefix) {
				own = append(own, prefix)
			}
		}
		return nil
	})
	if err != nil || len(own) != 1 || module.CheckImportPath(own[0]) != nil {
		return ""
	}
	return own[0]
}

// prefixOf is what stands before the folder of the app that an import path ends with; empty where it is another's.
func prefixOf(dir fs.FS, imported string) string {
	parts := strings.Split(imported, "/")
	if slices.Contains(standard, parts[0]) || hasGo(dir, path.Join("vendor", imported)) {
		return ""
	}
	for i := 1; i < len(parts); i++ {
		if hasGo(dir, path.Join(parts[i:]...)) {
			return path.Join(parts[:i]...)
		}
	}
	return ""
}

// hasGo tells whether a folder has Go files.
func hasGo(dir fs.FS, folder string) bool {
	if !fs.ValidPath(folder) {
		return false
	}
	found, err := fs.ReadDir(dir, folder)
	return err == nil && slices.ContainsFunc(found, func(e fs.DirEntry) bool { return path.Ext(e.Name()) == ".go" })
}
