package language

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
)

// Named is a file or folder that the sources of an app name.
type Named struct {
	Path     string // below the app's folder: "web/dist"
	By       string // "main.go line 12"
	Embedded bool   // it becomes part of the program, which cannot be compiled without it
}

// FrontEnd is one that stands in a folder of an app in another language.
type FrontEnd struct {
	Folder string            // below the app's: "web"
	Why    string            // "main.go line 12 names web/dist"
	Env    map[string]string // that its build has besides
}

// literal is a string in quotes that may be the path of a file below a folder.
var literal = regexp.MustCompile(`["']((?:\./)?[\w.@-]+(?:/[\w.@-]+)+)/?["']`)

// NamedPaths lists the paths that string literals of the app's own sources name, the files with some endings: relative ones, which a
// program finds below the folder that it starts in.
func NamedPaths(files fs.FS, endings ...string) []Named {
	var all []Named
	SourceLines(files, endings, func(file string, n int, line string) bool {
		for _, m := range literal.FindAllStringSubmatch(line, -1) {
			if name := path.Clean(m[1]); !testFile.MatchString(path.Base(file)) && fs.ValidPath(name) {
				all = append(all, Named{Path: name, By: fmt.Sprintf("%s line %d", file, n)})
			}
		}
		return true
	})
	return all
}
