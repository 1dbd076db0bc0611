package java

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// removeOutputs removes what an earlier build left in the folders that the tool writes: an archive of it could be taken
// for one of this build.
func (a *app) removeOutputs(name string) error {
	for _, pattern := range []string{name, "*/" + name, "*/*/" + name} {
		for _, found := range a.glob(pattern) {
			dir := path.Dir(found)
			if !slices.ContainsFunc([]string{"pom.xml", "build.gradle", "build.gradle.kts"}, func(f string) bool { return language.IsFile(a.Files, path.Join(dir, f)) }) {
				continue
			}
			if err := a.root.RemoveAll(found); err != nil {
				return fmt.Errorf("cannot remove %s: %w", found, err)
			}
		}
	}
	return nil
}

// sourceEnds are the endings of files that only the build reads.
var sourceEnds = []string{".java", ".kt", ".kts", ".groovy", ".scala", ".gradle", ".iml"}

// buildFiles are the files that only the build reads.
var buildFiles = []string{
	"pom.xml", "pom.yml", "pom.yaml", "mvnw", "mvnw.cmd", "gradlew", "gradlew.bat", "gradle.properties", "settings.xml", "system.properties", ".sdkmanrc", ".java-version",
	".classpath", ".project", "project.toml", ".gitignore", ".gitattributes", ".dockerignore", "Dockerfile", "package.json", "package-lock.json",
}

// buildDirs are the folders that only the build reads or writes.
var buildDirs = []string{".git", ".github", ".mvn", ".gradle", ".idea", ".settings", ".vscode", "node_modules", "buildSrc"}

// clean removes from the app's folder what only the build reads. Data files stay: a program may read them from its working
// directory. So do the folders of sources that the app's classes name: Jetty apps serve src/main/webapp from there.
func (a *app) clean(keep []string) error {
	var dirs, files []string
	err := fs.WalkDir(language.FolderOf(a.root), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case e.IsDir() && a.isBuildDir(name) && !slices.Contains(keep, name):
			dirs = append(dirs, name)
			return fs.SkipDir
		case !e.IsDir() && a.isBuildFile(name):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot read the app: %w", err)
	}
	for _, name := range append(dirs, files...) {
		if err := a.root.RemoveAll(name); err != nil {
			return fmt.Errorf("cannot remove %s: %w", name, err)
		}
	}
	return language.RemoveEmpty(a.Dir)
}

func (a *app) isBuildFile(name string) bool {
	base := path.Base(name)
	switch {
	case a.war:
		return true // all of it is staged
	case a.tool == toolNone:
		return path.Dir(name) == "." && (a.staged(name) || path.Ext(name) == ".war" && a.staged(strings.TrimSuffix(name, ".war")))
	case a.tool == toolJavac && strings.HasSuffix(name, ".jar"):
		return a.staged(name)
	}
	return slices.Contains(sourceEnds, path.Ext(base)) || slices.Contains(buildFiles, base) || name == path.Clean(a.Setting("BP_MAVEN_SETTINGS_PATH"))
}

// staged tells whether a file of the app's folder is in a layer.
func (a *app) staged(name string) bool {
	layer, err := a.Layer(layerApp)
	if err != nil {
		return false
	}
	_, err = os.Lstat(filepath.Join(layer.Path, name))
	return err == nil
}

// isBuildDir tells whether a folder is of no use to what runs.
func (a *app) isBuildDir(name string) bool {
	base, dir := path.Base(name), path.Dir(name)
	switch {
	case a.war:
		return true
	case a.tool == toolNone:
		return base == ".git"
	case slices.Contains(buildDirs, base):
		return true
	case a.tool == toolJavac:
		return false // programs read what lies beside their sources by its path, too
	case path.Base(dir) == "src":
		return base != "main"
	case strings.HasSuffix("/"+dir, "/src/main"):
		return true
	case base == "gradle":
		return a.tool == toolGradle && (language.IsFile(language.FolderOf(a.root), path.Join(name, "libs.versions.toml")) || language.Exists(a.at(path.Join(name, "wrapper"))))
	}
	return base == map[tool]string{toolMaven: "target", toolGradle: "build"}[a.tool]
}

// place makes links in the app's folder to what is staged, as high up as possible: target/ leads to the layer.
func (a *app) place(layer, dir string) error {
	entries, err := os.ReadDir(filepath.Join(layer, dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot list what was staged: %w", err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		info, err := a.root.Lstat(name)
		switch {
		case err == nil && info.IsDir() && e.IsDir():
			err = a.place(layer, name)
		case err == nil:
			if err = a.root.RemoveAll(name); err == nil {
				err = a.root.Symlink(filepath.Join(layer, name), name)
			}
		case errors.Is(err, fs.ErrNotExist):
			err = a.root.Symlink(filepath.Join(layer, name), name)
		}
		if err != nil {
			return fmt.Errorf("cannot place %s: %w", name, err)
		}
	}
	return nil
}
