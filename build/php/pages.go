package php

import (
	"io/fs"
	"path"
	"slices"

	"whittle.dev/whittle/build/language"
)

// guess takes pages with scripts of PHP for an app in PHP: a form that posts to contact.php. Served by a web server alone, such a script
// would be shown to visitors, with the passwords in it.
func guess(dir fs.FS) []string {
	_, page, scripts := scriptedPages(dir)
	if page == "" {
		return nil
	}
	return append([]string{page}, scripts...)
}

// scriptedPages are the first of the folders that may be served which has a first page and scripts of PHP, up to two folders below it, by
// their paths in the app's folder; an empty page where none has. Packages, examples and tests have scripts of their own.
func scriptedPages(dir fs.FS) (root, page string, scripts []string) {
	search := language.NewSearch(dir)
	for _, root := range webDirs {
		page := language.FirstFile(dir, path.Join(root, "index.html"), path.Join(root, "index.htm"))
		if page == "" {
			continue
		}
		for _, pattern := range []string{"*.php", "*/*.php", "*/*/*.php"} {
			found, err := search.Glob(path.Join(root, pattern))
			if err != nil {
				return "", "", nil
			}
			scripts = append(scripts, slices.DeleteFunc(found, func(f string) bool { return language.IsMinor(path.Dir(f)) || isForeign(f) || !language.IsFile(dir, f) })...)
		}
		if len(scripts) > 0 {
			return root, page, scripts
		}
	}
	return "", "", nil
}

// isForeign tells whether a file lies in a folder of packages.
func isForeign(file string) bool {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if slices.Contains([]string{"vendor", "node_modules", "bower_components"}, path.Base(dir)) {
			return true
		}
	}
	return false
}
