package rust

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/internal/document"
)

// newer are Debian's packages of a newer Rust than the release's own, which browsers are built by. Where the release has them,
// a project that asks for more than its own gets those.
var newer = []string{"rustc-web", "cargo-web"}

// hasNewer tells whether the release has a newer Rust than the build's.
func (c *cargo) hasNewer() bool {
	than, err := semver.NewVersion(c.rustc)
	return err == nil && hasNewer(c.Builder, than)
}

// hasNewer tells whether a release has a newer Rust than one.
func hasNewer(b builders.Builder, than *semver.Version) bool {
	return slices.ContainsFunc(b.Versions["rust"], func(v string) bool {
		other, err := semver.NewVersion(v)
		return err == nil && other.Minor() > than.Minor()
	})
}

// compilerVersion is the version of the build's own Rust: "1.85.1".
func (c *cargo) compilerVersion(ctx context.Context) (string, error) {
	out, err := language.Output(ctx, c.Run, language.Command{Args: []string{"rustc", "--version"}, Dir: c.Temp, Env: c.Env})
	if err != nil {
		return "", fmt.Errorf("cannot find Rust in the build image: %w", err)
	}
	words := strings.Fields(out) // rustc 1.85.1 (4eb161250 2025-03-15)
	if len(words) < 2 {
		return "", fmt.Errorf("cannot tell the version of the build image's Rust: it says %q", out)
	}
	return words[1], nil
}

// checkToolchain refuses a toolchain that cannot be had. Rust compiles what older versions did, so that an older one is taken
// for a minimum; without a wish, what is at hand is right.
func (c *cargo) checkToolchain() error {
	wish, err := toolchainWish(c.Files, c.Env)
	if err != nil {
		return err
	}
	have, err := semver.NewVersion(c.rustc)
	if err != nil {
		return fmt.Errorf("cannot tell the version of the build image's Rust: %w", err)
	}
	want, exact := version(wish.Spec)
	more, next := ", and a newer one in Debian's packages "+language.List(newer), fmt.Sprintf("Ask for one of these. The newer one comes by project.toml, under [dev.whittle.build]: packages = [%q, %q]", newer[0], newer[1])
	if !c.hasNewer() {
		more, next = "", "Ask for this one, or leave it out."
	}
	switch {
	case wish.Spec == "" || isStable(wish.Spec):
		c.Log.Line("version: %s (the build image's)", c.rustc)
		return nil
	case !exact:
		return unavailable(wish, c.rustc+more, "Ask for a stable version, or leave it out: code that needs nightly Rust can be built elsewhere and brought as a program.")
	case want.Major() == have.Major() && (want.Minor() > have.Minor() || want.Minor() == have.Minor() && want.Patch() > have.Patch()):
		return unavailable(wish, c.rustc+more, next)
	}
	c.Log.Line("version: %s (%s asks for %s, which it compiles, too)", c.rustc, wish.From, wish.Spec)
	return nil
}

func unavailable(wish language.Wish, have, next string) error {
	p := language.NotHere("Rust", wish, "available: "+have)
	p.Next = next
	return p
}

// host is the end of a toolchain's name that says for which machine it is: "1.85-x86_64-unknown-linux-gnu".
var host = regexp.MustCompile(`-(?:x86_64|aarch64|i686)-.*$`)

func isStable(spec string) bool {
	spec = host.ReplaceAllString(spec, "")
	return spec == "stable" || spec == "latest" || spec == "system"
}

// version reads a version, of which the patch level may be left out.
func version(spec string) (*semver.Version, bool) {
	v, err := semver.NewVersion(host.ReplaceAllString(strings.TrimSpace(spec), ""))
	return v, err == nil && v.Prerelease() == ""
}

// toolchainWish is what a setting or files of the project say about the toolchain; the first that says anything decides.
func toolchainWish(files fs.FS, env map[string]string) (language.Wish, error) {
	if said := env["BP_RUST_VERSION"]; said != "" {
		return language.Wish{Spec: said, From: "BP_RUST_VERSION"}, nil
	}
	for _, name := range []string{"rust-toolchain.toml", "rust-toolchain"} {
		text, ok, err := language.ReadText(files, name)
		if err != nil || !ok {
			if err != nil {
				return language.Wish{}, err
			}
			continue
		}
		spec, err := channel(name, text)
		if err != nil {
			return language.Wish{}, err
		}
		if spec != "" {
			return language.Wish{Spec: spec, From: name}, nil
		}
	}
	wishes, err := language.ToolVersions(files, "rust")
	if err != nil || len(wishes) == 0 {
		return language.Wish{}, err
	}
	return wishes[0], nil
}

// channel reads rust-toolchain.toml, as rustup does, and the older form without an ending, which may be a name alone.
func channel(name, text string) (string, error) {
	if word := strings.TrimSpace(text); name == "rust-toolchain" && !strings.ContainsAny(word, "[\n") {
		return word, nil
	}
	var file struct {
		Toolchain struct{ Channel, Path string }
	}
	if _, err := document.TOML(text, &file); err != nil {
		return "", language.TOMLError(name, err)
	}
	return cmp.Or(file.Toolchain.Path, file.Toolchain.Channel), nil
}

// minimum is the version of Rust that a manifest asks for at least.
func minimum(files fs.FS) string {
	var manifest struct {
		Package struct {
			RustVersion any `toml:"rust-version"` // or a table: { workspace = true }
		}
		Workspace struct {
			Package struct {
				RustVersion string `toml:"rust-version"`
			}
		}
	}
	if err := readTOML(files, "Cargo.toml", &manifest); err != nil {
		return "" // cargo tells it
	}
	if v, ok := manifest.Package.RustVersion.(string); ok {
		return v
	}
	return manifest.Workspace.Package.RustVersion
}

// newerPackages are the packages of a newer Rust where a setting or files of the project ask for one.
func newerPackages(files fs.FS, env map[string]string, b builders.Builder) []language.BuildPackage {
	own, err := semver.NewVersion(b.Version("rust"))
	if err != nil || !hasNewer(b, own) {
		return nil
	}
	wish, err := toolchainWish(files, env)
	if err != nil {
		return nil // it is read again, and told then
	}
	if wish.Spec == "" {
		wish = language.Wish{Spec: minimum(files), From: "Cargo.toml"}
	}
	want, exact := version(wish.Spec)
	if !exact || want.Major() != own.Major() || want.Minor() <= own.Minor() {
		return nil
	}
	return newerBy("Rust " + wish.Spec + " in " + wish.From)
}

// newerBy are the packages of a newer Rust, and what asks for them.
func newerBy(by string) []language.BuildPackage {
	var all []language.BuildPackage
	for _, name := range newer {
		all = append(all, language.BuildPackage{Name: name, By: by})
	}
	return all
}
