package detect

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/project"
)

// plainName is a folder that a project's own code would lie in, by a name that needs no quotes.
var plainName = regexp.MustCompile(`^\w[\w.-]*$`)

// tellBelow says of a folder without an app which folders in it have one, or else which folders in those, and how to name one; empty
// where none has, or too many for a project of a few apps.
func (t table) tellBelow(p project.Project) string {
	folders := foldersOf(p.Files, ".")
	apps := t.appsIn(p.Files, folders)
	if len(apps) == 0 {
		var deeper []string
		for _, folder := range folders {
			deeper = append(deeper, foldersOf(p.Files, folder)...)
		}
		apps = t.appsIn(p.Files, deeper)
	}
	const most = 5
	if len(apps) == 0 || len(apps) > most {
		return ""
	}
	var files []string
	for _, a := range apps {
		files = append(files, path.Join(a.folder, a.manifest))
	}
	name := "name its folder by BP_WHITTLE_APP="
	if len(apps) > 1 {
		name = "name the folder of one, such as BP_WHITTLE_APP="
	}
	return fmt.Sprintf("the folder itself has none, but there is %s: %s%s", strings.Join(files, ", "), name, path.Join(p.Folder, apps[0].folder))
}

// foldersOf are the folders in a folder of the project that may be of the project's own code.
func foldersOf(project fs.FS, folder string) []string {
	entries, err := fs.ReadDir(project, folder)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		if e.IsDir() && plainName.MatchString(e.Name()) && !slices.Contains([]string{"node_modules", "vendor", "testdata"}, e.Name()) {
			all = append(all, path.Join(folder, e.Name()))
		}
	}
	return all
}

// found is a folder with an app, and a file of it that tells so, by its path below the folder.
type found struct{ folder, manifest string }

// appsIn are those of some folders that have an app.
func (t table) appsIn(project fs.FS, folders []string) []found {
	var all []found
	for _, folder := range folders {
		below, err := fs.Sub(project, folder)
		if err != nil {
			continue
		}
		if strong, _ := t.claims(below); len(strong) > 0 {
			all = append(all, found{folder, strong[0].Evidence[0]})
		}
	}
	return all
}
