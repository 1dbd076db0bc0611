package rust

import (
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

const newerRust = "Take versions that this Rust compiles (cargo update CRATE --precise VERSION), or an older edition."

// cratesTooNew and appTooNew are what cargo says of crates, and of the app itself, that a newer Rust compiles.
var (
	cratesTooNew = []string{"is not supported by the following package", "because it requires rustc", "while the currently active rustc version is"}
	appTooNew    = []string{"This version of Cargo does not understand", "lock file version", "edition is unstable", "edition is required", "older than the"}
)

// complaints are looked for in order: the cause before what follows from it.
var complaints = []language.Complaint{
	{Texts: cratesTooNew, What: "crates ask for a newer Rust than the build has", Next: newerRust, Lines: 12},
	{Texts: appTooNew, What: "the app is written for a newer Rust than the build has", Next: newerRust},
	{
		Texts: []string{"failed to parse lock file"},
		What:  "cannot read Cargo.lock",
		Next:  "Restore it from version control, or make it anew by cargo generate-lockfile.",
	},
	{
		Texts: []string{"current package believes it's in a workspace when it's not"},
		What:  "the app is in the folder of a workspace that does not have it as a member",
		Next:  "Add it to members or exclude of the workspace's Cargo.toml.",
	},
	{
		Texts: []string{"no bin target named", "does not have the feature", "does not contain this feature", "do not contain this feature", "does not have these features", "unexpected argument", "is not defined", "contain this feature"},
		What:  "cargo does not know something that it is asked for",
		Next:  "Correct BP_CARGO_INSTALL_ARGS.",
	},
	{
		Texts: []string{"failed to parse manifest", "failed to load manifest", "failed to read `", "could not parse input as TOML", "--> Cargo.toml:", "Cargo.toml:", "error inheriting"},
		What:  "cannot use Cargo.toml",
		Next:  "Correct what cargo names.",
		Lines: 10,
	},
	{
		Texts: []string{"failed to run custom build command for"},
		What:  "the build script of a crate failed",
		Next:  "What it wrote is above; packages of Debian that it looks for come by project.toml, [dev.whittle.build] packages.",
		Lines: 25,
	},
}

// left are texts of causes that the build phase tells better.
var left = []string{
	"failed to download", "Could not resolve host", "SSL", "certificate", "spurious network error", "status code: ", "no matching package",
	"failed to select a version", "checksum for", "failed to authenticate", "unable to update registry", "failed to get `",
}

// explain makes a problem of what cargo said before it failed.
func explain(said string, err error) error {
	if slices.ContainsFunc(left, func(t string) bool { return strings.Contains(said, t) }) {
		return err
	}
	return language.Explain(said, err, complaints, language.Complaint{
		Texts: []string{"error[E", "error: "}, What: "the app does not compile", Next: "Correct the code: cargo build --release says the same on your machine.",
	})
}
