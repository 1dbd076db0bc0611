package language

import (
	"io/fs"
	"strings"
)

// Submodule is the folder of a project into which git fetches another repository, by its .gitmodules, and which is at or around a path. What
// writes the path may know the project by another place, or begin within it: its end counts, and then the folder's. Empty for none.
func Submodule(files fs.FS, at string) string {
	for _, folder := range submodules(files) {
		if inside := "/" + at + "/"; strings.Contains(inside, "/"+folder+"/") || strings.HasSuffix("/"+folder, "/"+at) {
			return folder
		}
	}
	return ""
}

// Unfetched is the first submodule of a project whose folder is empty: git fetches one only where it is told to.
func Unfetched(files fs.FS) string {
	for _, folder := range submodules(files) {
		if inside, err := fs.ReadDir(files, folder); err != nil || len(inside) == 0 {
			return folder
		}
	}
	return ""
}

// submodules are the folders that .gitmodules names.
func submodules(files fs.FS) []string {
	text, _, err := ReadText(files, ".gitmodules")
	if err != nil {
		return nil
	}
	var all []string
	for l := range strings.Lines(text) {
		key, folder, _ := strings.Cut(strings.TrimSpace(l), "=")
		if folder = strings.TrimSpace(folder); strings.TrimSpace(key) == "path" && fs.ValidPath(folder) {
			all = append(all, folder)
		}
	}
	return all
}

// FetchSubmodule is the step that fills the folder of a submodule.
func FetchSubmodule(folder string) string {
	return "Fetch the submodule before the build: git submodule update --init " + Clip(folder)
}
