package detect

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/project"
)

// unknown are the manifests of languages that no row is of, by their patterns, in the order they are looked for.
var unknown = []struct{ pattern, language string }{
	{"build.zig", "Zig"},
	{"shard.yml", "Crystal"},
	{"stack.yaml", "Haskell"},
	{"*.cabal", "Haskell"},
	{"Package.swift", "Swift"},
	{"gleam.toml", "Gleam"},
	{"mix.exs", "Elixir"},
	{"rebar.config", "Erlang"},
	{"pubspec.yaml", "Dart"},
	{"*.csproj", ".NET"},
	{"*.fsproj", ".NET"},
	{"*.vbproj", ".NET"},
	{"*.sln", ".NET"},
	{"*.slnx", ".NET"},
	{"build.sbt", "Scala"},
	{"project.clj", "Clojure"},
	{"deps.edn", "Clojure"},
	{"dune-project", "OCaml"},
	{"*.nimble", "Nim"},
	{"*.cbl", "COBOL"},
	{"*.cob", "COBOL"},
}

// runtimeConfig are the files beside an app of .NET that say which .NET is to run it.
const runtimeConfig = "*.runtimeconfig.json"

// interpreted are scripts that no row is of and that a package of Debian's runs, by their patterns.
var interpreted = []struct{ pattern, language, program, slice string }{
	{"cpanfile", "Perl", "perl app.pl", "perl"},
	{"*.pl", "Perl", "perl", "perl"},
	{"*.lua", "Lua", "lua5.4", "lua5.4"},
	{"*.R", "R", "Rscript", "r-base-core"},
	{"*.tcl", "Tcl", "tclsh", "tcl"},
	{"start.sh", "a shell", "bash start.sh", "bash"}, // not any: install.sh of a project is no app
	{"run.sh", "a shell", "bash run.sh", "bash"},
	{"main.sh", "a shell", "bash main.sh", "bash"},
}

// onVM are those of these languages whose apps reach users as an archive that Java runs.
var onVM = []string{"Scala", "Clojure"}

// builders are build tools that no row runs, by their files, in the order they are looked for.
var builders = []struct{ file, name string }{
	{"MODULE.bazel", "Bazel"},
	{"WORKSPACE.bazel", "Bazel"},
	{"WORKSPACE", "Bazel"},
	{"build.mill", "Mill"},
	{"build.sc", "Mill"},
	{"build.xml", "Ant"},
	{"SConstruct", "SCons"},
	{"xmake.lua", "xmake"},
	{"premake5.lua", "Premake"},
}

// pageMakers are programs that make pages and that no row runs, by the files of theirs and what those say.
var pageMakers = []struct{ file, says, name, makes string }{
	{"_config.yml", "", "Jekyll", "_site"},
	{"book.toml", "[book]", "mdBook", "book"},
	{"config.toml", "base_url", "Zola", "public"},
}

// tellUnknown says what a folder is that is of a language which nobody here builds, and what can be built of it; empty where nothing
// tells.
func tellUnknown(dir fs.FS) string {
	for _, u := range unknown {
		if found := first(dir, u.pattern); found != "" {
			return fmt.Sprintf("%s is of %s, which whittle does not build; %s gets all that it needs to run.", found, u.language, made(u.language))
		}
	}
	if found := first(dir, runtimeConfig); found != "" {
		return fmt.Sprintf("%s is of an app that the .NET on a machine runs, which Debian has no package of; published with it (dotnet publish --self-contained -r linux-x64), its program gets all else that it needs to run.", found)
	}
	for _, b := range builders {
		if info, err := fs.Stat(dir, b.file); err == nil && info.Mode().IsRegular() {
			return fmt.Sprintf("%s is of %s, which whittle does not run; a jar or a program that it makes before, in the folder, gets all that it needs to run.", b.file, b.name)
		}
	}
	for _, m := range pageMakers {
		text, err := fs.ReadFile(dir, m.file)
		if err == nil && strings.Contains(string(text), m.says) {
			return fmt.Sprintf("%s is of %s, which whittle does not run; pages that it makes before are served: build the folder %s alone.", m.file, m.name, m.makes)
		}
	}
	return ""
}

// made is what of a language can be built into an image.
func made(language string) string {
	switch {
	case slices.Contains(onVM, language):
		return "a jar that is made before, in the folder,"
	case language == ".NET":
		return "a program that is published before (dotnet publish --self-contained -r linux-x64), in the folder or in bin/,"
	}
	return "a program that is compiled before, in the folder or in bin/,"
}

// tellLone says what would make an app of source files that are none by themselves; empty where there are none.
func (t table) tellLone(dir fs.FS) string {
	for _, l := range t {
		for pattern := range strings.FieldsSeq(l.Lone) {
			if found := first(dir, pattern); found != "" {
				return fmt.Sprintf("there is %s, and %s", found, strings.ReplaceAll(l.Lacks, "FILE", found))
			}
		}
	}
	for _, s := range interpreted {
		if found := first(dir, s.pattern); found != "" {
			line := s.program
			if strings.HasPrefix(s.pattern, "*") {
				line += " " + found
			}
			return fmt.Sprintf("%s is of %s, for which nothing is built; Debian's runs it: a Procfile with the line web: %s, and slices = [%q] under [dev.whittle.run] in %s.", found, s.language, line, s.slice, project.File)
		}
	}
	return ""
}

// tellUnknownBelow is tellUnknown of the folders in a project, and of those in them.
func tellUnknownBelow(files fs.FS) string {
	folders := foldersOf(files, ".")
	for _, folder := range folders {
		folders = append(folders, foldersOf(files, folder)...)
	}
	for _, folder := range folders {
		below, err := fs.Sub(files, folder)
		if err != nil {
			continue
		}
		for _, u := range unknown {
			if found := first(below, u.pattern); found != "" {
				return fmt.Sprintf("%s is of %s, which whittle does not build; %s gets all that it needs to run.", path.Join(folder, found), u.language, made(u.language))
			}
		}
	}
	return ""
}

// first is the first file in a folder that matches a pattern; empty for none.
func first(dir fs.FS, pattern string) string {
	found, err := fs.Glob(dir, pattern)
	if err != nil {
		return ""
	}
	for _, name := range found {
		if info, err := fs.Stat(dir, name); err == nil && info.Mode().IsRegular() {
			return name
		}
	}
	return ""
}
