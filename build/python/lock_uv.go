package python

import (
	"fmt"
	"net/url"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

type uvLock struct {
	Version        int    `toml:"version"`
	RequiresPython string `toml:"requires-python"`
	Package        []struct {
		Markers      []string            `toml:"resolution-markers"`
		Name         string              `toml:"name"`
		Version      string              `toml:"version"`
		Source       map[string]any      `toml:"source"`
		Dependencies []uvNeed            `toml:"dependencies"`
		Optional     map[string][]uvNeed `toml:"optional-dependencies"`
		Sdist        *uvFile             `toml:"sdist"`
		Wheels       []uvFile            `toml:"wheels"`
		Metadata     struct {
			Requires []struct {
				Name      string   `toml:"name"`
				Extras    []string `toml:"extras"`
				Specifier string   `toml:"specifier"`
				Marker    string   `toml:"marker"`
			} `toml:"requires-dist"`
		} `toml:"metadata"`
	} `toml:"package"`
}

type uvNeed struct {
	Name    string   `toml:"name"`
	Version string   `toml:"version"`
	Extra   []string `toml:"extra"`
	Marker  string   `toml:"marker"`
}

type uvFile struct {
	URL  string `toml:"url"`
	Hash string `toml:"hash"`
}

// readUVLock reads uv.lock, version 1 of its format.
func readUVLock(file, text string) (*lock, error) {
	var u uvLock
	if _, err := document.TOML(text, &u); err != nil {
		return nil, language.TOMLError(file, err)
	}
	if u.Version != 1 {
		return nil, fmt.Errorf("cannot read %s: its format is %d, and whittle knows 1: %w", file, u.Version, errNoLock)
	}
	l := &lock{File: file, Tool: "uv", Mend: "uv lock", Python: u.RequiresPython}
	for _, p := range u.Package {
		one := &locked{Name: normalize(p.Name), Version: p.Version}
		if len(p.Markers) > 0 { // it is one of several versions, each for its own environments
			one.Marker = "(" + strings.Join(p.Markers, ") or (") + ")"
		}
		if err := one.uvSource(p.Source); err != nil {
			return nil, fmt.Errorf("cannot read %s: package %s: %w", file, p.Name, err)
		}
		for _, n := range p.Dependencies {
			one.Needs = append(one.Needs, n.need(""))
		}
		for _, extra := range keys(p.Optional) {
			for _, n := range p.Optional[extra] {
				one.Needs = append(one.Needs, n.need(normalize(extra)))
			}
		}
		var files []string
		if p.Sdist != nil {
			one.Hashes, files = append(one.Hashes, p.Sdist.Hash), append(files, p.Sdist.URL)
		}
		for _, w := range p.Wheels {
			one.Hashes, files = append(one.Hashes, w.Hash), append(files, w.URL)
		}
		one.Source = onlySources(files)
		if one.From.Path == "." {
			for _, n := range p.Dependencies {
				l.Needs = append(l.Needs, n.need("").Requirement)
			}
		}
		l.Packages = append(l.Packages, one)
	}
	return l, nil
}

func (n uvNeed) need(extra string) need {
	return need{Requirement: Requirement{Name: normalize(n.Name), Extras: extras(n.Extra), Marker: n.Marker}, For: extra, Version: n.Version}
}

// uvSource reads { registry = … }, { git = "https://…?rev=…#commit" }, { url = … }, { path = … }, { directory = … },
// { editable = … } or { virtual = … }.
func (p *locked) uvSource(t map[string]any) error {
	for _, kind := range keys(t) {
		where := text(t, kind)
		switch kind {
		case "registry":
			p.Registry = where
		case "git":
			u, err := url.Parse(where)
			if err != nil {
				return fmt.Errorf("its source %q is no URL", where)
			}
			p.From = source{Rev: u.Fragment, Sub: u.Query().Get("subdirectory")}
			u.Fragment, u.RawQuery = "", ""
			p.From.Git = u.String()
		case "url":
			p.From.URL = where
		case "path", "directory":
			p.From.Path = where
		case "editable":
			p.From.Path, p.From.Editable = where, true
		case "virtual":
			p.From.Path, p.Virtual = where, true
		case "subdirectory":
			p.From.Sub = where
		default:
			return fmt.Errorf("its source is of an unknown kind, %q", kind)
		}
	}
	if strings.Contains(p.Registry, "://") || p.Registry == "" {
		return nil
	}
	p.Registry = "" // a folder of wheels, which pip is told of by the app's settings
	return nil
}
