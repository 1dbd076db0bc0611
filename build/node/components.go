package node

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// components lists the packages below a folder of installed ones by their own package.json, each version once, sorted.
func components(dir string) ([]language.Component, error) {
	byPURL := map[string]language.Component{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Name() != "package.json" || !e.Type().IsRegular() || !isPackage(name) {
			return err
		}
		m, err := readManifest(os.DirFS(filepath.Dir(name)))
		if err != nil || m.Name == "" || m.Version == "" {
			return nil // a file of a test suite or template, which npm does not read either
		}
		purl := "pkg:npm/" + strings.Replace(string(m.Name), "@", "%40", 1) + "@" + string(m.Version)
		byPURL[purl] = language.Component{Name: string(m.Name), Version: string(m.Version), PURL: purl, License: string(m.License)}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot list the installed packages: %w", err)
	}
	all := make([]language.Component, 0, len(byPURL))
	for _, c := range byPURL {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}

// isPackage tells whether a package.json is that of an installed package: node_modules/name or node_modules/@scope/name.
func isPackage(file string) bool {
	dir := filepath.Dir(file)
	parent := filepath.Dir(dir)
	if strings.HasPrefix(filepath.Base(parent), "@") {
		parent = filepath.Dir(parent)
	}
	return filepath.Base(parent) == "node_modules"
}
