package node

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// cleanContained removes what a server does not read that has its modules beside it. Next's makes its own folder the current
// one, so that nothing elsewhere counts; Nitro's may read files of the app by the folder where it starts.
func (a *app) cleanContained(folder string) error {
	switch {
	case strings.HasSuffix(folder, standalone):
		return a.keepOnly(folder)
	case strings.HasSuffix(folder, nitro):
		return os.RemoveAll(a.at(path.Join(path.Dir(folder), ".nuxt")))
	}
	return nil
}

// clean removes from the app's folder what no program reads: version control, credentials and settings of package
// managers, caches of builds.
func (a *app) clean() error {
	names := append([]string{".git", ".github", ".gitignore", ".dockerignore", "Dockerfile", "project.toml", "Procfile", ".cache", "coverage"}, ofTools...)
	pnp := a.manager.pnp(a.top)
	if !pnp {
		names = append(names, ofPnP...)
	}
	if err := a.remove(names); err != nil || !pnp {
		return err
	}
	return a.cleanPnP()
}

var (
	// ofTools are what package managers and tools of a build read and leave: settings, which may have credentials, and caches.
	ofTools = []string{
		".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpm-store", ".yarn/install-state.gz", ".yarn/build-state.yml", ".yarn/releases", ".yarn/plugins", ".yarn/sdks",
		".next/cache", ".turbo", ".nx", ".parcel-cache", ".angular", ".vite", ".svelte-kit", ".eslintcache", "tsconfig.tsbuildinfo",
	}
	// ofPnP are the packages of Plug'n'Play, and its map.
	ofPnP = []string{".yarn", ".pnp.cjs", ".pnp.js", ".pnp.loader.mjs"}
)

// remove removes files and folders of the app and of the members of its workspace.
func (a *app) remove(names []string) error {
	for _, f := range a.all() {
		for _, name := range names {
			if name == "Procfile" && f.dir != a.Dir {
				continue
			}
			if err := os.RemoveAll(filepath.Join(f.dir, name)); err != nil {
				return fmt.Errorf("cannot remove %s: %w", f.path(name), err)
			}
		}
	}
	return nil
}
