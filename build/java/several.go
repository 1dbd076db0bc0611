package java

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"whittle.dev/whittle/build/language"
)

// packager is a plugin that makes a program of each module that has it.
type packager struct {
	name          string // of Maven's plugin
	gradle        string // of Gradle's
	marks, starts string // what a source of such a module has; empty where the plugin alone is certain
	goal          string // without which Maven's plugin makes nothing
}

var packagers = []packager{
	{name: "spring-boot-maven-plugin", gradle: "org.springframework.boot", marks: "@SpringBootApplication", starts: "main("},
	{name: "quarkus-maven-plugin", gradle: "io.quarkus", goal: "<goal>build</goal>"},
}

// checkPrograms refuses a project whose modules make several programs, of which nothing says which one runs, before it is built: it would
// be afterwards.
func (a *app) checkPrograms() error {
	if _, pattern := a.artifactSetting(); pattern != "" || len(a.Processes) > 0 || a.builtModule() != "." || a.argued() {
		return nil
	}
	for _, p := range packagers {
		if dirs := a.programsOf(p); len(dirs) > 1 {
			setting := map[tool]string{toolMaven: "BP_MAVEN_BUILT_MODULE", toolGradle: "BP_GRADLE_BUILT_MODULE"}[a.tool]
			return &language.Problem{
				What: "several modules of the project are programs, and nothing says which one runs", Evidence: []string{language.List(language.Most(dirs))},
				Next: fmt.Sprintf("Set %s to one of them, such as %s=%s, or write a Procfile.", setting, setting, language.Clip(dirs[0])),
			}
		}
	}
	return nil
}

// argued tells whether the user says what the tool is to build.
func (a *app) argued() bool {
	for _, name := range []string{"BUILD_ARGUMENTS", "ADDITIONAL_BUILD_ARGUMENTS"} {
		if a.Setting("BP_MAVEN_"+name) != "" || a.Setting("BP_GRADLE_"+name) != "" {
			return true
		}
	}
	return a.Setting("BP_MAVEN_ACTIVE_PROFILES") != ""
}

// programsOf are the modules that a plugin makes programs of: those whose own build file has it, or, where none of them has and another
// one does, all whose sources tell. Libraries of a project inherit the plugin, too.
func (a *app) programsOf(p packager) []string {
	var own, all []string
	elsewhere := false
	for _, dir := range a.buildFolders() {
		has := a.hasPackager(dir, p)
		if dir == "." || p.marks != "" && !a.isMarked(dir, p) {
			elsewhere = elsewhere || has
			continue
		}
		all = append(all, dir)
		if has {
			own = append(own, dir)
		}
	}
	if len(own) == 0 && elsewhere && p.marks != "" {
		return all
	}
	return own
}

// buildFolders are the folders of the project's modules.
func (a *app) buildFolders() []string {
	if a.tool == toolMaven {
		return modules(a.Files)
	}
	dirs := []string{"."}
	for _, pattern := range []string{"*/build.gradle", "*/build.gradle.kts", "*/*/build.gradle", "*/*/build.gradle.kts"} {
		for _, file := range a.glob(pattern) {
			dirs = append(dirs, path.Dir(file))
		}
	}
	return language.Unique(dirs)
}

// hasPackager tells whether the build file of a folder names a plugin.
func (a *app) hasPackager(dir string, p packager) bool {
	if a.tool == toolMaven {
		text, _, err := language.ReadText(a.Files, path.Join(dir, "pom.xml"))
		if err != nil || !strings.Contains(text, p.name) {
			return false
		}
		if strings.Contains(text, p.goal) {
			return true
		}
		parent, _, err := language.ReadText(a.Files, "pom.xml") // its pluginManagement may say what the plugin does in modules
		return err == nil && strings.Contains(parent, p.goal)
	}
	for _, name := range []string{"build.gradle", "build.gradle.kts"} {
		if text, _, err := language.ReadText(a.Files, path.Join(dir, name)); err == nil && strings.Contains(text, p.gradle) {
			return true
		}
	}
	return false
}

// isMarked tells whether a module has a source of a program.
func (a *app) isMarked(dir string, p packager) bool {
	module, err := fs.Sub(a.Files, dir)
	if err != nil {
		return false
	}
	marked, found := "", false
	language.SourceLines(module, languageEnds, func(file string, _ int, line string) bool {
		if strings.HasPrefix(line, p.marks) {
			marked = file
		}
		found = found || marked == file && strings.Contains(line, p.starts)
		return !found && strings.HasPrefix(file, "src/main/")
	})
	return found
}
