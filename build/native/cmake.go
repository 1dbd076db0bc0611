package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// cmake configures, builds and installs by CMake. Programs that no rule installs are told by CMake's file API.
func (n *native) cmake(ctx context.Context) (built, error) {
	build := filepath.Join(n.work, "build")
	query := filepath.Join(build, ".cmake/api/v1/query")
	if err := n.makeFolder(query); err != nil {
		return built{}, err
	}
	if err := os.WriteFile(filepath.Join(query, "codemodel-v2"), nil, 0o644); err != nil {
		return built{}, fmt.Errorf("cannot ask CMake for its targets: %w", err)
	}
	if err := n.run(ctx, n.dir, n.cmakeArgs(build)...); err != nil {
		return built{}, err
	}
	if err := n.runCompilers(ctx, "cmake", "--build", build, "--parallel", jobs()); err != nil {
		return built{}, err
	}
	targets, err := readTargets(filepath.Join(build, ".cmake/api/v1/reply"))
	if err != nil {
		return built{}, err
	}
	made := built{Libraries: []string{build}}
	if slices.ContainsFunc(targets, func(t cmakeTarget) bool { return t.Install != nil }) {
		if err := n.run(ctx, n.dir, "cmake", "--install", build); err != nil {
			return made, err
		}
	}
	for _, t := range targets {
		if t.isProgram(targets) {
			made.Programs = append(made.Programs, filepath.Join(build, t.Artifacts[0].Path))
		}
	}
	isLibrary := slices.ContainsFunc(targets, func(t cmakeTarget) bool { return t.Install != nil && strings.HasSuffix(t.Type, "_LIBRARY") })
	if !isLibrary || len(made.Programs) == 0 {
		return made, nil
	}
	list, err := language.Output(ctx, n.Run, language.Command{Args: []string{"ctest", "--test-dir", build, "--show-only=json-v1"}, What: "ctest, to list tests", Dir: n.dir, Env: n.env})
	if err != nil {
		return made, err
	}
	var tests struct{ Tests []registered }
	if err := json.Unmarshal([]byte(list), &tests); err != nil {
		return made, fmt.Errorf("cannot read what ctest lists: %w", err)
	}
	n.dropTests(&made, tests.Tests)
	return made, nil
}

// cmakeArgs are CMake's arguments to configure a build: ours, then the user's, which win.
func (n *native) cmakeArgs(build string) []string {
	kind := "Release"
	if n.Debug {
		kind = "RelWithDebInfo"
	}
	lib := filepath.Join(n.prefix, "lib")
	args := []string{"cmake", "-S", n.dir, "-B", build, "-G", "Ninja"}
	if preset := presetOf(n.Files); preset != "" && !slices.ContainsFunc(n.args, func(a string) bool { return strings.HasPrefix(a, "--preset") }) {
		n.Log.Line("preset: %s (CMakePresets.json)", preset)
		args = append(args, "--preset", preset)
	}
	args = append(args, "-DCMAKE_BUILD_TYPE="+kind, "-DCMAKE_INSTALL_PREFIX="+n.prefix, "-DCMAKE_INSTALL_LIBDIR=lib", "-DCMAKE_INSTALL_RPATH="+lib,
		"-DCMAKE_BUILD_RPATH="+lib, "-DBUILD_TESTING=OFF")
	if bundle := n.Env["SSL_CERT_FILE"]; bundle != "" {
		args = append(args, "-DCMAKE_TLS_CAINFO="+bundle)
	}
	return append(args, n.args...)
}

// presetOf is the preset to configure by: one for releases, the default one, or the only one. Those that want a package
// manager of their own, which the build image has not, are none.
func presetOf(files fs.FS) string {
	text, err := fs.ReadFile(files, "CMakePresets.json")
	if err != nil {
		return ""
	}
	var file struct {
		ConfigurePresets []json.RawMessage `json:"configurePresets"`
	}
	if document.JSON(text, &file) != nil {
		return "" // CMake tells it
	}
	var names []string
	for _, raw := range file.ConfigurePresets {
		var p struct {
			Name   string `json:"name"`
			Hidden bool   `json:"hidden"`
		}
		if json.Unmarshal(raw, &p) == nil && !p.Hidden && !strings.Contains(string(raw), "vcpkg") && !strings.Contains(string(raw), "conan") {
			names = append(names, p.Name)
		}
	}
	for _, usual := range []string{"release", "Release", "linux-release", "default", "production"} {
		if slices.Contains(names, usual) {
			return usual
		}
	}
	if len(names) == 1 {
		return names[0]
	}
	return ""
}

// cmakeTarget is a target as CMake's file API tells it (cmake-file-api(7), codemodel version 2).
type cmakeTarget struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Artifacts []struct {
		Path string `json:"path"` // below the build folder
	} `json:"artifacts"`
	Sources []struct {
		Path string `json:"path"` // below the top folder of the sources
	} `json:"sources"`
	Install *json.RawMessage `json:"install"`
}

// isMinor tells whether a target is made of sources in folders of examples, tests and tools alone.
func (t cmakeTarget) isMinor() bool {
	for _, s := range t.Sources {
		if !language.IsMinor(filepath.Dir(s.Path)) {
			return false
		}
	}
	return len(t.Sources) > 0
}

// isProgram tells whether a target without an install rule is one of the app's programs: where a rule installs some, it
// decides.
func (t cmakeTarget) isProgram(all []cmakeTarget) bool {
	return t.Type == "EXECUTABLE" && len(t.Artifacts) > 0 && t.Install == nil && !t.isMinor() &&
		!slices.ContainsFunc(all, func(o cmakeTarget) bool { return o.Type == "EXECUTABLE" && o.Install != nil })
}

// readTargets reads the targets of a configured build.
func readTargets(reply string) ([]cmakeTarget, error) {
	models, err := filepath.Glob(filepath.Join(reply, "codemodel-v2-*.json"))
	if err == nil && len(models) == 0 {
		err = errors.New("it did not answer")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot ask CMake for its targets: %w", err)
	}
	var model struct {
		Configurations []struct {
			Targets []struct {
				File string `json:"jsonFile"`
			} `json:"targets"`
		} `json:"configurations"`
	}
	if err := readJSON(slices.Max(models), &model); err != nil {
		return nil, err
	}
	var all []cmakeTarget
	for _, c := range model.Configurations {
		for _, ref := range c.Targets {
			var t cmakeTarget
			if err := readJSON(filepath.Join(reply, filepath.Base(ref.File)), &t); err != nil {
				return nil, err
			}
			all = append(all, t)
		}
	}
	return all, nil
}

func readJSON(file string, into any) error {
	text, err := language.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("cannot read what the build system tells: %w", err)
	}
	return nil
}
