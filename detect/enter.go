package detect

import (
	"io/fs"
	"slices"

	"whittle.dev/whittle/project"
)

// Enter returns the project with the app's folder that a language's own setting names (Language.Folder), and the project as it is where
// there is none. It counts where whittle's own settings name no folder, and where the project's folder has no manifest of another
// language: there it is the folder of that app's front end.
func Enter(languages []Language, dir fs.FS, env map[string]string, p project.Project) (project.Project, error) {
	if p.Settings.App.Name != "" {
		return p, nil
	}
	strong, _ := table(languages).claims(p.Files)
	for _, l := range languages {
		if env[l.Folder] == "" || p.Settings.Language != "" && p.Settings.Language != l.Name {
			continue
		}
		other := slices.ContainsFunc(strong, func(a App) bool { return a.Language != l.Name })
		if !other || p.Settings.Language == l.Name {
			return project.ReadApp(dir, env, project.Setting{Name: env[l.Folder], By: l.Folder})
		}
	}
	return p, nil
}
