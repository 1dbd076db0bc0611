package build

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTheBuildOpensFilesInBounds holds the build and its languages to language.ReadFile and language.OpenFile for paths, to
// Site.Files for the app's, and to document.TOML: os.ReadFile waits for a pipe without a writer, and reads a device without end.
// What whittle's own installation and the lifecycle wrote is excepted.
func TestTheBuildOpensFilesInBounds(t *testing.T) {
	except := map[string]bool{"launch.go": true, "start.go": true, "language/files.go": true}
	own := map[string]bool{"contract.go": true, "launch.go": true} // the lifecycle's files
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "language/languagetest/") || except[name] {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if list, ok := n.(*ast.CallExpr); ok && len(list.Args) > 0 && isCall(list, "fs", "Glob", "ReadDir") {
				if from, ok := list.Args[0].(*ast.CallExpr); ok && (isCall(from, "", "FS") || isCall(from, "os", "DirFS")) {
					t.Errorf("%s: a pattern that leads on from a pipe waits for it; use Site.Files, or language.FolderOf", set.Position(list.Pos()))
				}
			}
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "toml" && strings.HasPrefix(call.Sel.Name, "Decode") && !own[filepath.ToSlash(name)] {
				t.Errorf("%s: toml.%s takes time by the square of how deep a text lies in itself; use document.TOML", set.Position(call.Pos()), call.Sel.Name)
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "yaml" && call.Sel.Name == "Unmarshal" {
				t.Errorf("%s: yaml.%s takes time by the square of the keys of a text; use document.YAML", set.Position(call.Pos()), call.Sel.Name)
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "os" && (call.Sel.Name == "ReadFile" || call.Sel.Name == "Open") {
				t.Errorf("%s: os.%s waits for pipes and reads devices without end; use language.ReadFile or language.OpenFile, and Site.Files for files of the app", set.Position(call.Pos()), call.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// isCall tells whether a call is of one of some functions, of a package or of anything where that is empty.
func isCall(call *ast.CallExpr, pkg string, names ...string) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(names, f.Sel.Name) {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return pkg == "" || ok && x.Name == pkg
}
