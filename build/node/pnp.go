package node

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

var (
	linksByMap    = regexp.MustCompile(`(?m)^\s*node-linker\s*=\s*pnp`)               // of .npmrc
	linksByFolder = regexp.MustCompile(`(?m)^nodeLinker:\s*["']?(node-modules|pnpm)`) // of .yarnrc.yml
)

// pnp tells whether the app's packages are found by a map instead of in node_modules (Plug'n'Play): Yarn's own way where
// .yarnrc.yml names no other, and pnpm's where .npmrc asks for it.
func (m manager) pnp(top folder) bool {
	if m.name == "pnpm" {
		text, _, err := language.ReadText(top.files, ".npmrc")
		return err == nil && linksByMap.MatchString(text)
	}
	if !m.berry {
		return false
	}
	text, _, err := language.ReadText(top.files, ".yarnrc.yml")
	return err == nil && !linksByFolder.MatchString(text)
}

// pnpMap is the file of the map, a program that Node.js loads before the app's; empty where there is none.
func (a *app) pnpMap() string {
	for _, name := range []string{".pnp.cjs", ".pnp.js"} {
		if file := filepath.Join(a.top.dir, name); language.Exists(file) {
			return file
		}
	}
	return ""
}

// pnpOptions makes Node.js load the map, by which it finds modules.
func (a *app) pnpOptions(argv []string) []string {
	if argv[0] != "node" || !a.manager.pnp(a.top) {
		return argv
	}
	var options []string
	if file := a.pnpMap(); file != "" {
		options = append(options, "--require", file)
	}
	if loader := filepath.Join(a.top.dir, ".pnp.loader.mjs"); language.Exists(loader) {
		options = append(options, "--experimental-loader", "file://"+loader)
	}
	return append(append([]string{"node"}, options...), argv[1:]...)
}

// cleanPnP removes the archives that the map does not name: those of development packages.
func (a *app) cleanPnP() error {
	file := a.pnpMap()
	if file == "" {
		return nil // there are no packages
	}
	// It is written as a program of env's, which nobody runs: the image would get env for it.
	if err := os.Chmod(file, 0o644); err != nil {
		return fmt.Errorf("cannot make %s a file that is only read: %w", a.top.path(filepath.Base(file)), err)
	}
	text, err := language.ReadFile(file)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", a.top.path(filepath.Base(file)), err)
	}
	dir := filepath.Join(a.top.dir, ".yarn", "cache")
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("cannot list Yarn's cache: %w", err)
	}
	for _, e := range entries {
		if strings.Contains(string(text), e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("cannot remove a package that the image does not need: %w", err)
		}
	}
	return nil
}

// listPnP is a program that prints the packages of a map, by the map's own interface: its form differs by package manager
// and version, and package.json is inside archives.
//
//go:embed pnp.js
var listPnP string

// bareEnv is what a program needs of an environment to be found and to start: none of the build's credentials, and no options of
// Node.js, by which other files would be loaded.
func bareEnv(env map[string]string) map[string]string {
	bare := map[string]string{}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "TMPDIR"} {
		if value, ok := env[name]; ok {
			bare[name] = value
		}
	}
	return bare
}

// pnpModules lists the packages of the map.
func (a *app) pnpModules(ctx context.Context) ([]module, error) {
	file := a.pnpMap()
	if file == "" {
		return nil, nil
	}
	var listed []struct {
		Folder   string   `json:"folder"`
		Manifest manifest `json:"manifest"`
	}
	err := language.Ask(ctx, a.Run, language.Command{
		Args: []string{"node", "-e", listPnP, file}, What: "listing the packages of " + filepath.Base(file), Dir: a.top.dir, Env: bareEnv(a.env),
	}, &listed)
	if err != nil {
		return nil, fmt.Errorf("cannot list the packages of %s: %w", a.top.path(filepath.Base(file)), err)
	}
	var all []module
	for _, l := range listed {
		at := filepath.Clean(l.Folder)
		if archive, _, in := strings.Cut(at, ".zip/"); in {
			at = archive + ".zip"
		}
		all = append(all, module{manifest: l.Manifest, at: at})
	}
	return all, nil
}
