package detect

import (
	"fmt"
	"io/fs"
	"slices"
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
	return ""
}
