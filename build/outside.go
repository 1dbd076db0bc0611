package build

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// linkDepth is how deep in the project's folder links are looked at: those of a repository's layout stand near its top.
const linkDepth = 3

// tellOutside warns of links that lead out of the project's folder: the builder has nothing of what they lead to, and a compiler only
// says that their files are not there.
func (b *builder) tellOutside() {
	var all []string
	_ = filepath.WalkDir(b.WorkingDir, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // whoever needs it tells
		}
		name, err := filepath.Rel(b.WorkingDir, at)
		if err != nil {
			return err
		}
		switch {
		case e.IsDir() && name != "." && (strings.Count(name, "/") >= linkDepth || slices.Contains([]string{"node_modules", "vendor", ".git"}, e.Name())):
			return fs.SkipDir
		case e.Type()&fs.ModeSymlink == 0:
			return nil
		}
		to, err := os.Readlink(at)
		if err == nil && !filepath.IsAbs(to) && !filepath.IsLocal(filepath.Join(filepath.Dir(name), to)) {
			all = append(all, language.Clip(name)+" -> "+language.Clip(to))
		}
		return nil
	})
	if len(all) > 0 {
		b.log.Warn("links lead out of the project's folder, to what the build has not: %s; build the folder that has both, and name the app's by BP_WHITTLE_APP", language.Some(all))
	}
}
