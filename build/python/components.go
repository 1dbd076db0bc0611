package python

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"net/textproto"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// components lists the installed distributions by their metadata (PEP 566, PEP 427), sorted by name: which line of the app's
// files named each, which others require it, and where it lies.
func (p *python) components() ([]language.Component, error) {
	found, err := filepath.Glob(filepath.Join(p.sitePackages(), "*.dist-info", "METADATA"))
	if err != nil {
		return nil, fmt.Errorf("cannot list installed packages: %w", err)
	}
	var all []language.Component
	by := map[string][]string{}
	for _, file := range found {
		c, requires, err := p.component(file)
		if err != nil {
			return nil, err
		}
		for _, name := range requires {
			by[name] = append(by[name], c.Name)
		}
		all = append(all, c)
	}
	lines := p.namingLines()
	for i, c := range all {
		name := normalize(c.Name)
		all[i].From = lines[name]
		slices.Sort(by[name])
		all[i].By = slices.Compact(by[name])
	}
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}

// component reads one distribution, and the names of those that it requires without any extra.
func (p *python) component(metadata string) (language.Component, []string, error) {
	text, err := language.ReadFile(metadata)
	if err != nil {
		return language.Component{}, nil, fmt.Errorf("cannot read %s: %w", metadata, err)
	}
	// What follows the header is the description; a header that ends early has what counts.
	h, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(text))).ReadMIMEHeader()
	c := language.Component{Name: h.Get("Name"), Version: h.Get("Version"), License: h.Get("License-Expression")}
	if c.Name == "" {
		return c, nil, fmt.Errorf("cannot read %s: it names no package", metadata)
	}
	c.PURL = language.PURL("pypi", "", normalize(c.Name), c.Version)
	c.Paths = p.pathsOf(filepath.Dir(metadata))
	var requires []string
	for _, line := range h.Values("Requires-Dist") {
		if r, err := parseRequirement(line); err == nil && !strings.Contains(r.Marker, "extra") {
			requires = append(requires, r.Name)
		}
	}
	return c, requires, nil
}

// pathsOf are the folders and files of a distribution: the first element of what its RECORD names below site-packages, and
// its programs.
func (p *python) pathsOf(distInfo string) []string {
	paths := map[string]bool{distInfo: true}
	text, err := language.ReadFile(filepath.Join(distInfo, "RECORD"))
	if err != nil {
		return []string{distInfo} // a distribution without RECORD, which pip does not make
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return []string{distInfo}
	}
	for _, row := range rows {
		name := path.Clean(row[0])
		switch top, _, _ := strings.Cut(name, "/"); {
		case strings.HasPrefix(name, "../"):
			if file := filepath.Join(p.sitePackages(), name); strings.HasPrefix(file, p.layer.Path+"/") && language.Exists(file) {
				paths[file] = true
			}
		case language.Exists(filepath.Join(p.sitePackages(), top)):
			paths[filepath.Join(p.sitePackages(), top)] = true
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// lockName finds the line of a lock that names a package: name = "flask", or "flask": { in Pipfile.lock.
var lockName = regexp.MustCompile(`^(?:name = "([^"]+)"|\s+"([A-Za-z0-9._-]+)": \{)`)

// namingLines are the lines of the app's files that name distributions: "uv.lock:120". The first counts.
func (p *python) namingLines() map[string]string {
	lines := map[string]string{}
	prefix, err := filepath.Rel(p.Root, p.base())
	if err != nil || prefix == "." {
		prefix = ""
	}
	files := slices.Clone(p.plan.Files)
	if len(files) == 0 && p.plan.By != "" {
		files = []string{p.plan.By}
	}
	for _, file := range files {
		text, ok, err := language.ReadText(p.baseFiles(), file)
		if err != nil || !ok {
			continue
		}
		for n, line := range language.Lines(decode(text)) {
			name := ""
			switch base := path.Base(file); {
			case strings.HasSuffix(base, ".lock") || base == "pylock.toml":
				if m := lockName.FindStringSubmatch(line); m != nil {
					name = normalize(cmp.Or(m[1], m[2]))
				}
			default:
				name = p.namedIn(line)
			}
			if _, taken := lines[name]; name != "" && !taken {
				lines[name] = fmt.Sprintf("%s:%d", path.Join(prefix, file), n)
			}
		}
	}
	return lines
}

// namedIn is the distribution that a line of requirements.txt, Pipfile or pyproject.toml names, if it is one of the plan's.
func (p *python) namedIn(line string) string {
	m := requirement.FindStringSubmatch(strings.Trim(strings.TrimSpace(line), `"',`))
	if m == nil {
		return ""
	}
	if name := normalize(m[1]); p.plan.has(name) {
		return name
	}
	return ""
}
