package php

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

// writes matches calls of PHP that write files, or look whether they may.
var writes = regexp.MustCompile(`(?i)\b(?:file_put_contents|fwrite|fputs|fputcsv|move_uploaded_file|mkdir|touch|is_writable|is_writeable)\s*\(|\bnew SQLite3\b|["']sqlite:`)

// mayWrite are folders that the app seems to write to: those that are kept empty, and those of data that a .htaccess closes to visitors. What
// apps of a framework write to is known.
func (a *app) mayWrite() []string {
	if a.framework.name != "" {
		return nil
	}
	var data []string
	if a.web != nil {
		for _, dir := range a.closed() {
			if dir = path.Join(a.web.root, dir); !hasScripts(a.Files, dir) && !isForeign(dir+"/x") {
				data = append(data, dir)
			}
		}
	}
	return a.MayWrite(language.Writing{Endings: []string{".php", ".inc"}, Writes: writes}, data...)
}

// hasScripts tells whether a folder has scripts of PHP, at any depth.
func hasScripts(files fs.FS, dir string) bool {
	found := false
	_ = fs.WalkDir(files, dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(name, ".php") {
			found = true
			return fs.SkipAll
		}
		return nil // what cannot be read has none
	})
	return found
}
