package python

import (
	"cmp"
	"fmt"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

type poetryLock struct {
	Package []struct {
		Name         string              `toml:"name"`
		Version      string              `toml:"version"`
		Python       string              `toml:"python-versions"`
		Files        []poetryFile        `toml:"files"`
		Dependencies map[string]any      `toml:"dependencies"`
		Extras       map[string][]string `toml:"extras"`
		Source       struct {
			Type         string `toml:"type"`
			URL          string `toml:"url"`
			Reference    string `toml:"reference"`
			Resolved     string `toml:"resolved_reference"`
			Subdirectory string `toml:"subdirectory"`
		} `toml:"source"`
		Develop bool `toml:"develop"`
	} `toml:"package"`
	Metadata struct {
		Version string                  `toml:"lock-version"`
		Python  string                  `toml:"python-versions"`
		Files   map[string][]poetryFile `toml:"files"`  // format 1.1 and older
		Hashes  map[string][]string     `toml:"hashes"` // format 1.0
	} `toml:"metadata"`
}

type poetryFile struct {
	File string `toml:"file"`
	Hash string `toml:"hash"`
}

// readPoetryLock reads poetry.lock, formats 1.0 to 2.1. Formats before 2.1 do not say which package is for production: that
// follows from the edges, in all formats the same way.
func readPoetryLock(file, text string) (*lock, error) {
	var p poetryLock
	if _, err := document.TOML(text, &p); err != nil {
		return nil, language.TOMLError(file, err)
	}
	if v := p.Metadata.Version; v != "" && !strings.HasPrefix(v, "1.") && !strings.HasPrefix(v, "2.") {
		return nil, fmt.Errorf("cannot read %s: its format is %s, and whittle knows 1 and 2: %w", file, v, errNoLock)
	}
	python, err := poetryAny(p.Metadata.Python)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", file, err)
	}
	l := &lock{File: file, Tool: "poetry", Mend: "poetry lock", Python: python}
	for _, one := range p.Package {
		k := &locked{Name: normalize(one.Name), Version: one.Version}
		// A package's own python-versions is not looked at: where several versions of one name are locked, markers on
		// the edges choose, and a wrong bound of a package is no reason to leave it out.
		k.files(append(one.Files, p.Metadata.Files[one.Name]...))
		for _, h := range p.Metadata.Hashes[one.Name] {
			k.Hashes = append(k.Hashes, "sha256:"+h)
		}
		switch s := one.Source; s.Type {
		case "git":
			k.From = source{Git: s.URL, Rev: cmp.Or(s.Resolved, s.Reference), Sub: s.Subdirectory}
		case "url":
			k.From = source{URL: s.URL, Sub: s.Subdirectory}
		case "directory", "file":
			k.From = source{Path: s.URL, Editable: one.Develop}
		case "legacy":
			k.Registry = s.URL
		}
		if k.Needs, err = poetryNeeds(one.Dependencies, one.Extras); err != nil {
			return nil, fmt.Errorf("cannot read %s: package %s: %w", file, one.Name, err)
		}
		l.Packages = append(l.Packages, k)
	}
	return l, nil
}

// poetryAny is a constraint in the form of version specifiers, alternatives joined by "||".
func poetryAny(constraint string) (string, error) {
	if constraint == "" {
		return "", nil
	}
	all, err := poetrySpecs(constraint)
	return strings.Join(all, "||"), err
}

// poetryNeeds are a package's edges. Those that are optional belong to the extras that list them.
func poetryNeeds(deps map[string]any, byExtra map[string][]string) ([]need, error) {
	forExtra := map[string][]string{}
	for _, extra := range keys(byExtra) {
		for _, text := range byExtra[extra] {
			name, _, _ := strings.Cut(text, " ")
			name, _, _ = strings.Cut(name, "[")
			name = normalize(strings.Trim(name, `"`))
			forExtra[name] = append(forExtra[name], normalize(extra))
		}
	}
	var all []need
	for _, name := range keys(deps) {
		list, _, optional, err := poetryDependency(name, deps[name])
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if !optional {
				all = append(all, need{Requirement: r})
				continue
			}
			for _, extra := range forExtra[r.Name] {
				all = append(all, need{Requirement: r, For: extra})
			}
		}
	}
	return all, nil
}

// files notes the files of a distribution.
func (p *locked) files(all []poetryFile) {
	var names []string
	for _, f := range all {
		p.Hashes, names = append(p.Hashes, f.Hash), append(names, f.File)
	}
	p.Source = onlySources(names)
}
