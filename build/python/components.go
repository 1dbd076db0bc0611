package python

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"net/textproto"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// components lists the installed distributions by their metadata (PEP 566), sorted by name: what they are, what of the
// app's files or which other distribution brought them, and where they are.
func (p *python) components() ([]language.Component, error) {
	found, err := filepath.Glob(filepath.Join(p.sitePackages(), "*.dist-info", "METADATA"))
	if err != nil {
		return nil, fmt.Errorf("cannot list installed packages: %w", err)
	}
	var all []language.Component
	needs := map[string][]string{} // by name, normalized: who requires it
	for _, name := range found {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, err)
		}
		// What follows the header is the description; a header that ends early has what counts.
		h, _ := textproto.NewReader(bufio.NewReader(f)).ReadMIMEHeader()
		_ = f.Close() // it was only read
		c := language.Component{Name: h.Get("Name"), Version: h.Get("Version"), License: h.Get("License-Expression")}
		if c.Name == "" {
			return nil, fmt.Errorf("cannot read %s: it names no package", name)
		}
		c.PURL = "pkg:pypi/" + normalize(c.Name) + "@" + c.Version
		if p.plan != nil {
			c.From = p.plan.Dists[normalize(c.Name)].Origin
		}
		if c.Paths, err = p.recorded(filepath.Dir(name)); err != nil {
			return nil, err
		}
		for _, line := range h.Values("Requires-Dist") {
			// What only an extra needs may be there for another reason, and the metadata does not tell which extras were asked for.
			if r, err := parseRequirement(line); err == nil && !strings.Contains(r.Marker, "extra") {
				needs[normalize(r.Name)] = append(needs[normalize(r.Name)], c.Name)
			}
		}
		all = append(all, c)
	}
	for i, c := range all {
		all[i].By = slices.Compact(slices.Sorted(slices.Values(needs[normalize(c.Name)])))
	}
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}

// recorded are the files and folders that a distribution consists of, by its RECORD (PEP 376), each as high as it is
// the distribution's alone: below a namespace such as google/ are packages of many.
func (p *python) recorded(distInfo string) ([]string, error) {
	f, err := os.Open(filepath.Join(distInfo, "RECORD"))
	if errors.Is(err, fs.ErrNotExist) {
		return []string{distInfo}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", distInfo, err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("cannot read the RECORD of %s: %w", filepath.Base(distInfo), err)
	}
	whole := map[string]bool{filepath.Base(distInfo): true} // folders that are the distribution's
	for _, row := range rows {
		if dir, name := path.Split(row[0]); name == "__init__.py" && dir != "" {
			whole[path.Clean(dir)] = true
		}
	}
	var paths []string
	for _, row := range rows {
		file := filepath.Join(p.sitePackages(), top(row[0], whole))
		if !slices.Contains(paths, file) && strings.HasPrefix(file, p.layer.Path+"/") {
			paths = append(paths, file)
		}
	}
	slices.Sort(paths)
	return paths, nil
}

// top is the highest folder of a file that is one of those given, or the file.
func top(file string, folders map[string]bool) string {
	for i, c := range file {
		if c == '/' && folders[file[:i]] {
			return file[:i]
		}
	}
	return file
}
