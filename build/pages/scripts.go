package pages

import (
	"fmt"
	"io/fs"
	"os"
	"path"

	"whittle.dev/whittle/build/language"
)

// warnOfScripts tells of scripts of PHP among the pages, which nothing runs: visitors get their text, with the passwords in it. Where
// another manifest makes the app one of pages, PHP was not asked.
func (p *Site) warnOfScripts(log *language.Log) error {
	root, err := os.OpenRoot(p.Root)
	if err != nil {
		return fmt.Errorf("cannot read the pages: %w", err)
	}
	defer root.Close()
	var scripts []string
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "vendor" || e.Name() == "node_modules"):
			return fs.SkipDir
		case e.Type().IsRegular() && path.Ext(name) == ".php":
			scripts = append(scripts, language.Clip(name))
		}
		return nil
	})
	if err == nil && len(scripts) > 0 {
		log.Warn("visitors get the text of scripts that nothing runs: %s; BP_WHITTLE_LANGUAGE=php has PHP run them", language.Some(scripts))
	}
	return err
}
