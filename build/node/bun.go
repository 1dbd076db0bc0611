package node

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/pages"
)

// usesBun tells whether the build needs Bun: as the package manager, or because a script or version file names it.
func (a *app) usesBun() bool {
	if a.manager.name == "bun" || a.scriptsName("bun") || a.scriptsName("bunx") {
		return true
	}
	for _, p := range a.Processes {
		if strings.Contains(p.Line+" "+strings.Join(p.Command, " "), "bun") {
			return true
		}
	}
	return language.FirstFile(a.own.files, ".bun-version", "bunfig.toml") != ""
}

// prefersBun tells whether a file that nothing says how to run is run by Bun: where Bun installs its packages, unless a
// version of Node.js is asked for.
func (a *app) prefersBun() bool {
	return a.usesBun() && a.manager.name == "bun"
}

// claims says that a folder of pages, or of files that Node.js commonly starts by, is an app; it decides nothing where
// another language's manifest stands beside them.
func claims(dir fs.FS) []string {
	others, err := fs.Glob(dir, "*")
	if err != nil {
		return nil
	}
	foreign := []string{"go.mod", "requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "manage.py", "Gemfile", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts", "composer.json", "CMakeLists.txt", "meson.build", "config.ru", "mix.exs"}
	for _, name := range others {
		if slices.Contains(foreign, name) {
			return nil
		}
		if ext := path.Ext(name); ext == ".py" || ext == ".go" || ext == ".rb" || ext == ".php" || ext == ".java" || ext == ".rs" {
			return nil
		}
	}
	for _, names := range [][]string{startFiles, firstPages(), startFilesBelow, {pages.StaticJSON}} {
		if f := language.FirstFile(dir, names...); f != "" {
			if isTemplate(dir, f) {
				return nil
			}
			return []string{f}
		}
	}
	return nil
}

// isTemplate tells whether a page is what programs such as Jekyll make pages of: it begins with settings between lines of dashes.
func isTemplate(dir fs.FS, page string) bool {
	text, _, err := language.ReadText(dir, page)
	return err == nil && path.Ext(page) == ".html" && strings.HasPrefix(text, "---\n")
}

// launchEnv are variables that the processes of a runtime get where nobody set them.
func (a *app) launchEnv(runtime string) map[string]string {
	env := map[string]string{"NODE_ENV": "production", "HOST": language.OnAll, "PORT": "8080"}
	if runtime == "deno" {
		env["DENO_NO_UPDATE_CHECK"] = "1"
	}
	maps.Copy(env, a.browserEnv())
	return env
}

// denoTask reads "deno task start".
func (a *app) denoTask(words []command.Word, args []string, dir string) (call, error) {
	if len(args) < 2 || args[0] != "task" {
		return call{}, nil
	}
	tasks, err := a.denoConfig()
	if err != nil {
		return call{}, err
	}
	text := tasks.task(args[1])
	if text == "" {
		return call{}, nil
	}
	line, err := a.inline(text, dir)
	if err != nil {
		return call{}, err
	}
	line = slices.Clone(line)
	last := &line[len(line)-1]
	last.Words = append(slices.Clone(last.Words), words[2:]...)
	return call{line: line}, nil
}
