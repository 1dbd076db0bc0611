package python

import (
	"cmp"
	"fmt"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

type pdmLock struct {
	Metadata struct {
		Version string `toml:"lock_version"`
		Python  string `toml:"requires_python"`
		Targets []struct {
			Python string `toml:"requires_python"`
		} `toml:"targets"`
		Files map[string][]poetryFile `toml:"files"` // format 4.0 to 4.2: "name version" to files
	} `toml:"metadata"`
	Package []struct {
		Name         string       `toml:"name"`
		Version      string       `toml:"version"`
		Marker       string       `toml:"marker"`
		Extras       []string     `toml:"extras"`
		Dependencies []string     `toml:"dependencies"`
		Files        []poetryFile `toml:"files"`
		Path         string       `toml:"path"`
		Editable     bool         `toml:"editable"`
		URL          string       `toml:"url"`
		Git          string       `toml:"git"`
		Revision     string       `toml:"revision"`
		Ref          string       `toml:"ref"`
		Subdirectory string       `toml:"subdirectory"`
	} `toml:"package"`
}

// readPDMLock reads pdm.lock, format 4.
func readPDMLock(file, text string) (*lock, error) {
	var p pdmLock
	if _, err := document.TOML(text, &p); err != nil {
		return nil, language.TOMLError(file, err)
	}
	if v := p.Metadata.Version; v != "" && !strings.HasPrefix(v, "4") {
		return nil, fmt.Errorf("cannot read %s: its format is %s, and whittle knows 4: %w", file, v, errNoLock)
	}
	l := &lock{File: file, Tool: "pdm", Mend: "pdm lock", Python: p.Metadata.Python}
	if len(p.Metadata.Targets) > 0 {
		var all []string
		for _, t := range p.Metadata.Targets {
			all = append(all, t.Python)
		}
		l.Python = strings.Join(all, "||")
	}
	for _, one := range p.Package {
		k := &locked{
			Name: normalize(one.Name), Version: one.Version, Marker: one.Marker, Extras: extras(one.Extras),
			From: source{Path: one.Path, Editable: one.Editable, URL: one.URL, Git: one.Git, Rev: cmp.Or(one.Revision, one.Ref), Sub: one.Subdirectory},
		}
		k.files(append(one.Files, p.Metadata.Files[one.Name+" "+one.Version]...))
		for _, text := range one.Dependencies {
			r, err := parseRequirement(text)
			if err != nil {
				return nil, fmt.Errorf("cannot read %s: package %s: %w", file, one.Name, err)
			}
			k.Needs = append(k.Needs, need{Requirement: r})
		}
		l.Packages = append(l.Packages, k)
	}
	return l, nil
}
