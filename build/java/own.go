package java

import (
	"path"
	"slices"
	"strings"
)

// outputFolders are the folders in which Maven and Gradle leave the classes and other files of a module, before they put them into archives.
var outputFolders = []string{"target/classes", "build/classes/*/main", "build/resources/main"}

// ownFiles tells the app's own files in an archive that has its dependencies in it, too: those that the build has left beside its
// archives, or, where it has not left the class that starts, the classes below the first two parts of that class's package. It is nil
// where all are the app's own.
func (a *app) ownFiles(b *built) func(name string) bool {
	main := a.mainClass(b)
	if main == "" {
		return nil
	}
	var dirs []string
	for _, output := range outputFolders {
		for _, depth := range []string{"", "*/", "*/*/"} {
			dirs = append(dirs, a.glob(depth+output)...)
		}
	}
	built := func(name string) bool {
		return slices.ContainsFunc(dirs, func(dir string) bool {
			info, err := a.root.Lstat(path.Join(dir, name))
			return err == nil && info.Mode().IsRegular()
		})
	}
	if built(strings.ReplaceAll(main, ".", "/") + ".class") {
		return built
	}
	parts := strings.Split(main, ".")
	if len(parts) < 2 {
		return nil
	}
	below := path.Join(parts[:min(2, len(parts)-1)]...) + "/"
	return func(name string) bool { return path.Ext(name) != ".class" || strings.HasPrefix(name, below) }
}

// mainClass is the class that starts; empty where all that was staged is the app's own, or nobody knows.
func (a *app) mainClass(b *built) string {
	if len(b.Start) == 0 {
		return ""
	}
	main := b.Start[len(b.Start)-1]
	if b.Start[0] != "-jar" {
		return main
	}
	one, err := readArchive(a.root, main)
	if err != nil || one.Kind == boot {
		return ""
	}
	return one.Manifest["main-class"]
}
