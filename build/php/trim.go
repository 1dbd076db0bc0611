package php

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// development are names in the app's folder of what no program reads: version control, credentials, tools and their caches.
var development = []string{
	".git", ".github", ".gitlab-ci.yml", ".gitignore", ".gitattributes", ".dockerignore", ".editorconfig", ".idea", ".vscode", ".phpunit.cache", ".phpunit.result.cache", ".php-cs-fixer.cache",
	".php-cs-fixer.php", ".php-cs-fixer.dist.php", "Dockerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "auth.json", "node_modules", "phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml",
	"phpstan.neon", "phpstan.neon.dist", "psalm.xml", "project.toml", "Procfile",
}

// unread are names of folders in packages that nothing at run time reads, unless the package's classes are looked for there.
var unread = []string{"tests", "test", "docs", "doc", "examples", ".git", ".github"}

// trim removes what is no runtime artifact: from the app, and from its packages. Sources are what runs; they stay.
func (a *app) trim(context.Context) error {
	root, err := os.OpenRoot(a.Dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer root.Close()
	remove := slices.Clone(development)
	for _, dir := range a.manifest.AutoloadDev.paths() {
		if dir = path.Clean(dir); fs.ValidPath(dir) && dir != "." && !a.manifest.Autoload.needs(dir) {
			remove = append(remove, dir) // "Tests\\": "tests/"
		}
	}
	packages, err := a.installed()
	if err != nil {
		return err
	}
	for _, p := range packages {
		dir, err := a.packageDir(p)
		if err != nil {
			continue
		}
		below := strings.TrimPrefix(dir, a.Dir+"/")
		for _, name := range unread {
			if !p.Autoload.needs(name) {
				remove = append(remove, path.Join(below, name))
			}
		}
		if !p.Autoload.needs("Tests") && p.Autoload.excludes("/Tests") {
			remove = append(remove, path.Join(below, "Tests"))
		}
	}
	for _, name := range remove {
		if err := root.RemoveAll(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot remove %s: %w", name, err)
		}
	}
	return nil
}

// needs tells whether classes are looked for in a folder by name: in it, below it, or above it but for the package's own
// folder.
func (a autoload) needs(dir string) bool {
	for _, p := range a.paths() {
		p = path.Clean(p)
		if p == dir || strings.HasPrefix(p, dir+"/") || p != "." && strings.HasPrefix(dir, p+"/") {
			return true
		}
	}
	return false
}

// excludes tells whether a package says that a folder's classes are for its own tests.
func (a autoload) excludes(dir string) bool {
	return slices.ContainsFunc(a.Exclude, func(e string) bool { return path.Clean("/"+strings.TrimSuffix(e, "**")) == dir })
}
