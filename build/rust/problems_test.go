package rust

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestProblems writes the errors of broken projects, with what cargo was seen to say of them.
func TestProblems(t *testing.T) {
	one := []string{"shop 0.1.0 bin=shop in=."}
	var told languagetest.Problems
	for _, row := range []struct {
		name     string
		packages []string
		files    map[string]string
		env      map[string]string
		fails    map[string]string
		stale    string
	}{
		{name: "nightly", files: map[string]string{"rust-toolchain.toml": "[toolchain]\nchannel = \"nightly\"\n"}},
		{name: "a newer Rust", files: map[string]string{"rust-toolchain.toml": "[toolchain]\nchannel = \"1.99\"\n"}},
		{name: "a crate for a newer Rust", fails: map[string]string{"build": "error: rustc 1.85.1 is not supported by the following packages:\n  icu_collections@2.1.0 requires rustc 1.86\n  home@0.5.12 requires rustc 1.88\nEither upgrade rustc or select compatible dependency versions with\n`cargo update <name>@<current-ver> --precise <compatible-ver>`\n"}},
		{name: "an edition of the future", fails: map[string]string{"locate-project": "error: failed to parse manifest at `/workspace/Cargo.toml`\n\nCaused by:\n  failed to parse the `edition` key\n\nCaused by:\n  this version of Cargo is older than the `2027` edition, and only supports `2015`, `2018`, `2021`, and `2024` editions.\n"}},
		{name: "a manifest that is no TOML", fails: map[string]string{"locate-project": "error: expected newline, `#`\n --> Cargo.toml:3:12\n  |\n3 | version=0.1.0\n  |            ^\n  |\n"}},
		{name: "a member that is not there", fails: map[string]string{"metadata": "error: failed to load manifest for workspace member `/workspace/x`\nreferenced by workspace at `/workspace/Cargo.toml`\n\nCaused by:\n  failed to read `/workspace/x/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)\n"}},
		{name: "a lock of the future", fails: map[string]string{"metadata": "error: failed to parse lock file at: /workspace/Cargo.lock\n\nCaused by:\n  lock file version `9` was found, but this version of Cargo does not understand this lock file, perhaps Cargo needs to be updated?\n"}},
		{name: "a lock with conflicts", fails: map[string]string{"metadata": "error: failed to parse lock file at: /workspace/Cargo.lock\n\nCaused by:\n  TOML parse error at line 7, column 1\n  <<<<<<< HEAD\n"}},
		{name: "a lock out of date", stale: "    Updating crates.io index\n      Adding rand v0.9.0\n"},
		{name: "a feature that is none", env: map[string]string{"BP_CARGO_INSTALL_ARGS": "--features=nope"}, fails: map[string]string{"metadata": "error: the package 'shop' does not contain this feature: nope\n"}},
		{name: "a program that is none", env: map[string]string{"BP_CARGO_INSTALL_ARGS": "--bin=nope"}, fails: map[string]string{"build": "error: no bin target named `nope`.\nAvailable bin targets:\n    shop\n"}},
		{name: "flags with an open quote", env: map[string]string{"BP_CARGO_INSTALL_ARGS": `--features="a`}},
		{name: "a flag without its value", env: map[string]string{"BP_CARGO_INSTALL_ARGS": `--bin`}},
		{name: "another machine", env: map[string]string{"BP_CARGO_INSTALL_ARGS": `--target x86_64-unknown-linux-musl`}},
		{name: "a mistake in the code", fails: map[string]string{"build": "   Compiling shop v0.1.0 (/workspace)\nwarning: unused variable: `y`\nerror[E0308]: mismatched types\n --> src/main.rs:1:25\n  |\n1 | fn main(){ let x: u32 = \"a\"; }\n  |                   ---   ^^^ expected `u32`, found `&str`\n\nerror: could not compile `shop` (bin \"shop\") due to 1 previous error\n"}},
		{name: "a build script that panics", fails: map[string]string{"build": "error: failed to run custom build command for `shop v0.1.0 (/workspace)`\n\nCaused by:\n  process didn't exit successfully: `/workspace/target/debug/build/a-9088684eed9a8f3c/build-script-build` (exit status: 101)\n  --- stderr\n\n  thread 'main' panicked at build.rs:1:12:\n  the schema is empty\n"}},
		{name: "pages that Trunk makes", files: map[string]string{"Cargo.toml": "[package]\nname = \"shop\"\n", "index.html": "<link data-trunk rel=\"rust\">"}},
		{name: "pages that Trunk makes, by its configuration", files: map[string]string{"Cargo.toml": "[package]\nname = \"shop\"\n", "Trunk.toml": "[build]\n"}},
		{name: "cargo-leptos", files: map[string]string{"Cargo.toml": "[package]\nname = \"shop\"\n[features]\ndefault = [\"csr\"]\nssr = []\n[package.metadata.leptos]\nbin-features = [\"ssr\"]\n"}},
		{name: "Dioxus", files: map[string]string{"Cargo.toml": "[package]\nname = \"shop\"\n[features]\nserver = []\n", "Dioxus.toml": ""}},
		{name: "a program for Shuttle", packages: []string{"shop 0.1.0 in=. main=shop"}, files: map[string]string{"src/main.rs": "#[shuttle_runtime::main]\nasync fn main() {}\n"}},
		{name: "several programs", packages: []string{"a 0.1.0 bin=x", "b 0.1.0 bin=y"}},
		{name: "no program", packages: []string{"a 0.1.0 kind=lib"}},
		{name: "a member that nobody has", packages: []string{"a 0.1.0 bin=x", "b 0.1.0 bin=y"}, env: map[string]string{"BP_CARGO_WORKSPACE_MEMBERS": "web"}},
	} {
		f := &fake{packages: row.packages, fails: row.fails, stale: row.stale}
		if f.packages == nil {
			f.packages = one
		}
		s := shop(t, f, map[string]string{"Cargo.toml": "", "Cargo.lock": lockText})
		languagetest.Write(t, s.Dir, row.files)
		for k, v := range row.env {
			s.Env[k] = v
		}
		_, err := compile(t.Context(), s)
		told.Add(t, row.name, err, strings.NewReplacer(s.Dir, "/workspace").Replace)
	}
	told.Golden(t)
}
