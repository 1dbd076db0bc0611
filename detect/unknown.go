package detect

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
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
	{"*.sln", ".NET"},
	{"build.sbt", "Scala"},
	{"project.clj", "Clojure"},
	{"deps.edn", "Clojure"},
	{"dune-project", "OCaml"},
	{"*.nimble", "Nim"},
	{"*.cbl", "COBOL"},
	{"*.cob", "COBOL"},
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
		found, err := fs.Glob(dir, u.pattern)
		if err != nil || len(found) == 0 {
			continue
		}
		made := "a program that is compiled before, in the folder or in bin/,"
		if slices.Contains(onVM, u.language) {
			made = "a jar that is made before, in the folder,"
		}
		return fmt.Sprintf("%s is of %s, which whittle does not build; %s gets all that it needs to run.", found[0], u.language, made)
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
