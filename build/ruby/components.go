package ruby

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// components are the gems of the image, sorted by name: which line of the app's files pins each, which others require it, and
// where it lies.
func (r *ruby) components() ([]language.Component, error) {
	by := map[string][]string{}
	for _, s := range r.specs {
		for _, name := range s.Requires {
			by[name] = append(by[name], s.Name)
		}
	}
	lines, err := r.pinningLines()
	if err != nil {
		return nil, err
	}
	var all []language.Component
	for _, s := range r.specs {
		if s.Default {
			continue // part of Debian's Ruby, whose package has it
		}
		c := language.Component{Name: s.Name, Version: s.Version, PURL: language.PURL("gem", "", s.Name, s.Version), From: lines[s.Name], By: by[s.Name]}
		if len(s.Licenses) == 1 {
			c.License = s.Licenses[0]
		}
		if len(s.Git) == 2 {
			c.PURL = language.PURL("gem", "", s.Name, s.Version, "vcs_url", "git+"+s.Git[0]+"@"+s.Git[1])
		}
		for _, file := range []string{s.Path, s.Extension, s.Spec} {
			if file != "" && language.Exists(file) && !strings.HasPrefix(file, s.Path+"/") {
				c.Paths = append(c.Paths, file)
			}
		}
		for _, name := range s.Executables {
			if stub := filepath.Join(r.layer.Path, "bin", name); language.Exists(stub) {
				c.Paths = append(c.Paths, stub)
			}
		}
		slices.Sort(c.Paths)
		all = append(all, c)
	}
	return all, nil
}

// pinningLines are the lines of the lock that pin gems: "Gemfile.lock:12". Without a lock of the app's own they are those of
// the Gemfile that name them.
func (r *ruby) pinningLines() (map[string]string, error) {
	lines := map[string]string{}
	if r.gemfile == "" {
		return lines, nil
	}
	file, pattern := lockName(r.gemfile), lockLine
	if r.report.Lock == nil {
		file, pattern = r.gemfile, gemfileLine
	}
	text, _, err := language.ReadText(r.Files, file)
	if err != nil {
		return nil, err
	}
	folder, err := filepath.Rel(r.Root, r.Dir)
	if err != nil {
		return nil, err
	}
	for n, line := range language.Lines(text) {
		if m := pattern.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil && lines[m[1]] == "" {
			lines[m[1]] = fmt.Sprintf("%s:%d", path.Join(folder, file), n)
		}
	}
	return lines, nil
}
