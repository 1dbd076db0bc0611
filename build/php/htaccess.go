package php

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// htaccess is the file by which Apache's server is told of a folder. nginx does not read it.
const htaccess = ".htaccess"

var (
	// denies is a line that keeps everybody out (Apache 2.4's mod_authz_core and mod_access_compat).
	denies = regexp.MustCompile(`(?i)^(?:deny\s+from\s+all|require\s+all\s+denied)$`)
	// some opens a part that is about some files or requests alone.
	some    = regexp.MustCompile(`(?i)^<(?:files|filesmatch|limit|limitexcept|location|if)\b`)
	someEnd = regexp.MustCompile(`(?i)^</(?:files|filesmatch|limit|limitexcept|location|if)>`)
)

// closed lists the folders below a site's that a .htaccess of theirs closes to everybody, slash-separated. Data, settings and
// accounts of apps lie beside their front controller, and this is all that keeps them from visitors. What cannot be read closes
// nothing.
func closed(site fs.FS) []string {
	var all []string
	_ = fs.WalkDir(site, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git"):
			return fs.SkipDir
		case e.IsDir() || e.Name() != htaccess || path.Dir(name) == ".":
			return nil
		}
		if text, _, err := language.ReadText(site, name); err == nil && closes(text) {
			all = append(all, path.Dir(name))
			return fs.SkipDir // what is below is closed, too
		}
		return nil
	})
	slices.Sort(all)
	return all
}

// closes tells whether a .htaccess keeps everybody from all of its folder.
func closes(text string) bool {
	within := 0
	for line := range strings.Lines(text) {
		switch line = strings.TrimSpace(line); {
		case some.MatchString(line):
			within++
		case someEnd.MatchString(line):
			within--
		case within == 0 && denies.MatchString(line):
			return true
		}
	}
	return false
}

// closed are the folders of the app's site that nobody may see.
func (a *app) closed() []string {
	root, err := os.OpenRoot(filepath.Join(a.Dir, a.web.root))
	if err != nil {
		return nil // it is told that there is nothing to serve
	}
	defer root.Close()
	return closed(language.FolderOf(root))
}
