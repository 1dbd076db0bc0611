package language

import (
	"io/fs"
	"path"
	"slices"
)

// programEndings are how the names of source files of programs end.
var programEndings = []string{".go", ".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".php", ".java", ".rs", ".c", ".cc", ".cpp"}

// HasPrograms tells whether a folder itself, not one below it, has source files of programs, whose names end otherwise than some.
func HasPrograms(dir fs.FS, but ...string) bool {
	return HasEnding(dir, slices.DeleteFunc(slices.Clone(programEndings), func(e string) bool { return slices.Contains(but, e) })...)
}

// HasEnding tells whether the name of an entry of a folder itself ends in one of some ways: ".jar".
func HasEnding(dir fs.FS, endings ...string) bool {
	entries, err := fs.ReadDir(dir, ".")
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return slices.Contains(endings, path.Ext(e.Name())) })
}
