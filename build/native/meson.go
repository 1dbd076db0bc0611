package native

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// mesonTarget is a target as Meson tells it (meson introspect --targets).
type mesonTarget struct {
	Type      string   `json:"type"`
	Files     []string `json:"filename"`
	DefinedIn string   `json:"defined_in"`
	Installed bool     `json:"installed"`
	Subproj   *string  `json:"subproject"`
}

// meson configures, builds and installs by Meson.
func (n *native) meson(ctx context.Context) (built, error) {
	build := filepath.Join(n.work, "build")
	kind := "release"
	if n.Debug {
		kind = "debugoptimized"
	}
	args := []string{"meson", "setup", build, n.dir, "--prefix", n.prefix, "--libdir", "lib", "--buildtype", kind}
	if language.Exists(filepath.Join(build, "meson-private/coredata.dat")) {
		args = append(args, "--reconfigure")
	}
	if err := n.run(ctx, n.dir, append(args, n.args...)...); err != nil {
		return built{}, err
	}
	if err := n.runCompilers(ctx, "meson", "compile", "-C", build); err != nil {
		return built{}, err
	}
	var targets []mesonTarget
	if err := readJSON(filepath.Join(build, "meson-info/intro-targets.json"), &targets); err != nil {
		return built{}, err
	}
	isLibrary := slices.ContainsFunc(targets, func(t mesonTarget) bool { return t.Installed && strings.HasSuffix(t.Type, " library") })
	targets = slices.DeleteFunc(targets, func(t mesonTarget) bool {
		rel, err := filepath.Rel(n.dir, filepath.Dir(t.DefinedIn))
		return t.Type != "executable" || len(t.Files) == 0 || t.Subproj != nil || err == nil && language.IsMinor(rel)
	})
	made := built{Libraries: []string{build}}
	if err := n.run(ctx, n.dir, "meson", "install", "-C", build, "--no-rebuild"); err != nil {
		return made, err
	}
	if slices.ContainsFunc(targets, func(t mesonTarget) bool { return t.Installed }) {
		return made, nil
	}
	for _, t := range targets {
		made.Programs = append(made.Programs, t.Files[0])
	}
	if !isLibrary {
		return made, nil
	}
	var tests []registered
	if err := readJSON(filepath.Join(build, "meson-info/intro-tests.json"), &tests); err != nil {
		return made, err
	}
	n.dropTests(&made, tests)
	return made, nil
}
