package php

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// installed are the packages that Composer installed, as it tells itself.
func (a *app) installed() ([]lockedPackage, error) {
	data, err := language.ReadFile(filepath.Join(a.Dir, "vendor/composer/installed.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read what Composer installed: %w", err)
	}
	var list struct {
		Packages []lockedPackage `json:"packages"`
	}
	if err := document.JSON(data, &list); err != nil {
		return nil, fmt.Errorf("cannot read vendor/composer/installed.json: %w", err)
	}
	return list.Packages, nil
}

// components are the packages in the image, sorted by name.
func (a *app) components() ([]language.Component, error) {
	packages, err := a.installed()
	if err != nil {
		return nil, err
	}
	requiredBy := map[string][]string{}
	for _, p := range packages {
		for name := range p.Require {
			requiredBy[name] = append(requiredBy[name], p.Name)
		}
	}
	pinned := pinnedLines(content(a.Files, "composer.lock"))
	all := make([]language.Component, 0, len(packages))
	for _, p := range packages {
		version, name := strings.TrimPrefix(p.Version, "v"), strings.ToLower(p.Name)
		c := language.Component{
			Name: p.Name, Version: p.Version, PURL: language.PURL("composer", path.Dir(name), path.Base(name), version),
			License: strings.Join(p.License, " OR "), From: a.origin(pinned, p.Name),
		}
		if _, direct := a.manifest.Require[p.Name]; !direct {
			c.By = slices.Sorted(slices.Values(requiredBy[p.Name]))
		}
		if dir, err := a.packageDir(p); err == nil {
			c.Paths = []string{dir}
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}

// packageDir is the folder of a package, which lies below the app's.
func (a *app) packageDir(p lockedPackage) (string, error) {
	dir := filepath.Join(a.Dir, "vendor/composer", filepath.FromSlash(p.Path))
	rel, err := filepath.Rel(a.Dir, dir)
	if p.Path == "" || err != nil || rel == "." || !filepath.IsLocal(rel) {
		return "", fs.ErrInvalid
	}
	return dir, nil
}

// pinnedLines are the lines of the lock that pin packages, by name.
func pinnedLines(lock string) map[string]int {
	lines := map[string]int{}
	for n, line := range language.Lines(lock) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), `"name": "`)
		if name, _, closed := strings.Cut(rest, `"`); ok && closed && lines[name] == 0 {
			lines[name] = n
		}
	}
	return lines
}

// origin is the line of the lock that pinned a package, or else the manifest.
func (a *app) origin(pinned map[string]int, name string) string {
	if n := pinned[name]; n > 0 {
		return fmt.Sprintf("%s:%d", a.path("composer.lock"), n)
	}
	return a.path("composer.json")
}

// path is a file of the app, relative to the project's folder.
func (a *app) path(name string) string {
	rel, err := filepath.Rel(a.Root, filepath.Join(a.Dir, name))
	if err != nil {
		return name
	}
	return rel
}
