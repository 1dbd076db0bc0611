package python

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// pipfileEntry is a package in Pipfile (as a table) or Pipfile.lock.
type pipfileEntry struct {
	Version  string   `json:"version" toml:"version"`
	Hashes   []string `json:"hashes" toml:"-"`
	Markers  string   `json:"markers" toml:"markers"`
	Extras   []string `json:"extras" toml:"extras"`
	Index    string   `json:"index" toml:"index"`
	Path     string   `json:"path" toml:"path"`
	File     string   `json:"file" toml:"file"`
	Editable bool     `json:"editable" toml:"editable"`
	Git      string   `json:"git" toml:"git"`
	Ref      string   `json:"ref" toml:"ref"`
	Sub      string   `json:"subdirectory" toml:"subdirectory"`
	Platform string   `json:"sys_platform" toml:"sys_platform"`
	OS       string   `json:"os_name" toml:"os_name"`
}

func (e pipfileEntry) source() source {
	s := source{Path: e.Path, Editable: e.Editable, Git: e.Git, Rev: e.Ref, Sub: e.Sub}
	if strings.Contains(e.File, "://") {
		s.URL = e.File
	} else if e.File != "" {
		s.Path = e.File
	}
	return s
}

// readPipfileLock reads Pipfile.lock, version 6 of its format.
func readPipfileLock(file, text string) (*lock, error) {
	var p struct {
		Meta struct {
			Spec     int `json:"pipfile-spec"`
			Requires struct {
				Version string `json:"python_version"`
				Full    string `json:"python_full_version"`
			} `json:"requires"`
			Sources []struct {
				Name string `json:"name"`
				URL  string `json:"url"`
			} `json:"sources"`
		} `json:"_meta"`
		Default map[string]pipfileEntry `json:"default"`
	}
	if err := document.JSON([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w: %w", file, err, errNoLock)
	}
	if p.Meta.Spec != 6 {
		return nil, fmt.Errorf("cannot read %s: its format is %d, and whittle knows 6: %w", file, p.Meta.Spec, errNoLock)
	}
	l := &lock{File: file, Tool: "pipenv", Mend: "pipenv lock", Flat: true}
	l.Pin = cmp.Or(p.Meta.Requires.Full, p.Meta.Requires.Version)
	for _, name := range keys(p.Default) {
		e := p.Default[name]
		k := &locked{Name: normalize(name), Version: strings.TrimPrefix(e.Version, "=="), Marker: e.Markers, Hashes: e.Hashes, From: e.source()}
		for _, s := range p.Meta.Sources {
			if s.Name == e.Index {
				k.Registry = s.URL
			}
		}
		l.Packages = append(l.Packages, k)
	}
	return l, nil
}

type pylock struct {
	Version  string `toml:"lock-version"`
	Python   string `toml:"requires-python"`
	By       string `toml:"created-by"`
	Packages []struct {
		Name    string       `toml:"name"`
		Version string       `toml:"version"`
		Marker  string       `toml:"marker"`
		Python  string       `toml:"requires-python"`
		Index   string       `toml:"index"`
		Sdist   *pylockFile  `toml:"sdist"`
		Wheels  []pylockFile `toml:"wheels"`
		Archive *pylockFile  `toml:"archive"`
		VCS     *struct {
			Type   string `toml:"type"`
			URL    string `toml:"url"`
			Path   string `toml:"path"`
			Commit string `toml:"commit-id"`
			Sub    string `toml:"subdirectory"`
		} `toml:"vcs"`
		Directory *struct {
			Path     string `toml:"path"`
			Editable bool   `toml:"editable"`
			Sub      string `toml:"subdirectory"`
		} `toml:"directory"`
	} `toml:"packages"`
}

type pylockFile struct {
	URL    string            `toml:"url"`
	Path   string            `toml:"path"`
	Hashes map[string]string `toml:"hashes"`
	Sub    string            `toml:"subdirectory"`
}

// readPylock reads pylock.toml (PEP 751).
func readPylock(file, text string) (*lock, error) {
	var p pylock
	if _, err := document.TOML(text, &p); err != nil {
		return nil, language.TOMLError(file, err)
	}
	if !strings.HasPrefix(p.Version, "1.") {
		return nil, fmt.Errorf("cannot read %s: its lock-version is %q, and whittle knows 1.0 (PEP 751): %w", file, p.Version, errNoLock)
	}
	l := &lock{File: file, Tool: cmp.Or(p.By, "the tool that wrote it"), Mend: cmp.Or(map[string]string{
		"uv": "uv export -o pylock.toml", "pdm": "pdm lock", "pip": "pip lock",
	}[p.By], "the command that wrote it"), Python: p.Python, Flat: true}
	for _, one := range p.Packages {
		k := &locked{Name: normalize(one.Name), Version: one.Version, Marker: one.Marker, Python: one.Python, Registry: one.Index}
		switch {
		case one.VCS != nil && one.VCS.Type != "git":
			return nil, fmt.Errorf("cannot read %s: package %s comes by %s, and whittle knows git", file, one.Name, one.VCS.Type)
		case one.VCS != nil:
			k.From = source{Git: cmp.Or(one.VCS.URL, one.VCS.Path), Rev: one.VCS.Commit, Sub: one.VCS.Sub}
		case one.Directory != nil:
			k.From = source{Path: path.Join(one.Directory.Path, one.Directory.Sub), Editable: one.Directory.Editable}
		case one.Archive != nil:
			k.From, k.Hashes = source{URL: one.Archive.URL, Path: one.Archive.Path, Sub: one.Archive.Sub}, one.Archive.list()
		}
		if one.Sdist != nil {
			k.Hashes = append(k.Hashes, one.Sdist.list()...)
		}
		for _, w := range one.Wheels {
			k.Hashes = append(k.Hashes, w.list()...)
		}
		l.Packages = append(l.Packages, k)
	}
	return l, nil
}

func (f pylockFile) list() []string {
	var all []string
	for _, kind := range keys(f.Hashes) {
		all = append(all, kind+":"+f.Hashes[kind])
	}
	slices.Sort(all)
	return all
}
