package java

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// An app of sources alone is one that no tool builds: files in its folder, or what a development environment lays out, with
// packages below src and archives in lib.

// classesDir is where the classes of such sources go.
const classesDir = "classes"

// sourcesBelow are the sources that tell such an app where its folder has none itself.
func sourcesBelow(files fs.FS) []string {
	found, err := language.NewSearch(files).Find("src/**/*.java")
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(found, isNoClass)
}

// isNoClass tells whether a source is none of the app: one of tests, which want libraries of their own, or a description of a
// module, to which nothing on the class path would be known.
func isNoClass(name string) bool {
	return strings.HasPrefix(name, "src/test/") || path.Base(name) == "module-info.java"
}

// isOfSources tells whether archives in the app's folder are those that its sources are compiled with: none of them can be
// started.
func (a *app) isOfSources() bool {
	if a.isUnpackedWar() || language.IsFile(a.Files, manifestFile) || len(a.sources()) == 0 || len(a.glob("*.war")) > 0 {
		return false
	}
	return !slices.ContainsFunc(a.glob("*.jar"), func(name string) bool {
		one, err := readArchive(a.root, name)
		return err != nil || one.Kind != library
	})
}

// sources are the source files of such an app.
func (a *app) sources() []string {
	return slices.DeleteFunc(append(a.glob("*.java"), a.glob("src/**/*.java")...), isNoClass)
}

// sourceLibraries are the archives that such an app has beside it.
func (a *app) sourceLibraries() []string { return append(a.glob("*.jar"), a.glob("lib/**/*.jar")...) }

// buildSources compiles the source files of an app that no tool builds.
func (a *app) buildSources(ctx context.Context) error {
	sources := a.sources()
	if len(sources) == 0 {
		return &language.Problem{What: "there is no source file to compile", Evidence: []string{"looked for: *.java, src/**/*.java"}, Next: "Add a pom.xml or a build.gradle, or build the folder that has one (BP_WHITTLE_APP)."}
	}
	args := []string{a.jdk.tool("javac"), "-encoding", "UTF-8", "-g", "-proc:none", "-d", filepath.Join(a.Temp, classesDir)}
	if libs := a.sourceLibraries(); len(libs) > 0 {
		args = append(args, "-cp", strings.Join(libs, ":"))
	}
	out := a.Log.Output()
	err := a.Run(ctx, language.Command{Args: append(args, sources...), What: "javac", Dir: a.Dir, Env: a.env, Stdout: out, Stderr: out})
	if err != nil {
		return fmt.Errorf("cannot compile the app: %w", err)
	}
	a.Log.Line("compiled %s", language.Some(sources))
	return nil
}

// resources takes what lies beside the sources below src to where their classes are, as development environments do.
func (a *app) resources(into *os.Root) error {
	roots := a.glob("src/main/{java,resources}")
	if len(roots) == 0 {
		roots = a.glob("src")
	}
	for _, name := range roots {
		root, err := a.root.OpenRoot(name)
		if err != nil {
			return fmt.Errorf("cannot read the app's sources: %w", err)
		}
		err = eachFile(root, func(name string) error {
			if slices.Contains(sourceEnds, path.Ext(name)) || strings.HasPrefix(name, "test/") {
				return nil
			}
			return copyFile(root, name, into)
		})
		if _ = root.Close(); err != nil {
			return err
		}
	}
	return nil
}

// sourceProgram stages the classes of lone sources: the one with a main method runs.
func (a *app) sourceProgram(st *stage) (built, error) {
	classes, err := os.OpenRoot(filepath.Join(a.Temp, classesDir))
	if err != nil {
		return built{}, fmt.Errorf("cannot read the compiled classes: %w", err)
	}
	defer classes.Close()
	into, err := subRoot(st.app, classesDir)
	if err != nil {
		return built{}, err
	}
	defer into.Close()
	var mains []string
	err = eachFile(classes, func(name string) error {
		if err := copyFile(classes, name, into); err != nil {
			return err
		}
		data, err := readRegular(classes, name)
		if err != nil {
			return err
		}
		if c, err := readClass(data); err == nil && c.Main {
			mains = append(mains, strings.ReplaceAll(c.Name, "/", "."))
		}
		return nil
	})
	if err != nil {
		return built{}, err
	}
	if err := a.resources(into); err != nil {
		return built{}, err
	}
	st.appClasses = append(st.appClasses, into.Name())
	classPath := into.Name()
	for _, name := range a.sourceLibraries() {
		if err := st.dependency(name); err != nil {
			return built{}, err
		}
		classPath += ":" + filepath.Join(st.jarsDir, name)
	}
	main, err := a.mainOf(mains)
	if err != nil {
		return built{}, err
	}
	return built{Program: main, Start: []string{"-cp", classPath, main}}, nil
}
