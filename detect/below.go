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

// tellBelow says of a folder without an app which folders in it have one, and how to name it; empty where none has, or too many for
// a project of a few apps.
func (t table) tellBelow(p project.Project) string {
	entries, err := fs.ReadDir(p.Files, ".")
	if err != nil {
		return ""
	}
	var found, folders []string
	for _, e := range entries {
		if !e.IsDir() || !plainName.MatchString(e.Name()) || slices.Contains([]string{"node_modules", "vendor", "testdata"}, e.Name()) {
			continue
		}
		below, err := fs.Sub(p.Files, e.Name())
		if err != nil {
			continue
		}
		if strong, _ := t.claims(below); len(strong) > 0 {
			found, folders = append(found, e.Name()+"/"+strong[0].Evidence[0]), append(folders, e.Name())
		}
	}
	const most = 5
	if len(found) == 0 || len(found) > most {
		return ""
	}
	name := "name its folder by BP_WHITTLE_APP="
	if len(found) > 1 {
		name = "name the folder of one, such as BP_WHITTLE_APP="
	}
	return fmt.Sprintf("the folder itself has none, but there is %s: %s%s", strings.Join(found, ", "), name, path.Join(p.Folder, folders[0]))
}
