// Package rust builds Rust apps by cargo.
package rust

import (
	"io/fs"
	"regexp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Language is Rust.
var Language = language.Language{
	Language:     detect.Language{Name: "rust", Claims: claims, Looked: []string{"Cargo.toml"}, Programs: []string{"cargo"}},
	Compile:      compile,
	Named:        namedPaths,
	Choices:      append(language.Truths("BP_RUST_STATIC"), language.Lock),
	Packages:     buildPackages,
	Certificates: []string{"CARGO_HTTP_CAINFO"},
	Absent:       map[string]string{"cargo": language.InsteadOfSteps},
	Tools: []language.Tool{{
		Name: "cargo", Index: ".cargo/config.toml", Credentials: "cargo (with a credentials.toml)", Relock: "cargo generate-lockfile",
		Runtime: "Rust", Setting: "BP_RUST_VERSION",
	}},
}

var (
	// pythonBackend are the build backends of Python packages that are written in Rust.
	pythonBackend = regexp.MustCompile(`build-backend\s*=\s*["'](?:maturin|setuptools_rust)`)
	// nodeModule is what a native module for Node.js depends on.
	nodeModule = regexp.MustCompile(`(?m)^\s*(?:napi|neon)\s*=`)
)

// claims takes a folder with a Cargo.toml for a Rust app, unless another language's package manager builds that crate into a
// package of its own.
func claims(dir fs.FS) []string {
	manifest, err := fs.ReadFile(dir, "Cargo.toml")
	if err != nil {
		return nil
	}
	if python, err := fs.ReadFile(dir, "pyproject.toml"); err == nil && pythonBackend.Match(python) {
		return nil
	}
	if _, err := fs.Stat(dir, "package.json"); err == nil && nodeModule.Match(manifest) {
		return nil
	}
	return []string{"Cargo.toml"}
}
