package python

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
	people "whittle.dev/whittle/internal/text"
)

// planManifest installs what pyproject.toml requires, in the newest versions that fit.
func planManifest(dir fs.FS, m *manifest, a asker) (*plan, error) {
	p := newPlan("pyproject.toml", m)
	if m.Dynamic {
		s := ownStep(dir, m, false)
		s.Args = slices.DeleteFunc(s.Args, func(arg string) bool { return arg == "--no-deps" })
		p.Steps = []step{s}
		p.Warnings = append(p.Warnings, noLock("uv lock"))
		return p, nil
	}
	local, err := localManifests(dir, m, nil, nil)
	if err != nil {
		return nil, err
	}
	roots := m.names(a.extras)
	for _, g := range a.groups {
		roots = append(roots, m.Groups[g]...)
	}
	if !m.Project {
		for _, name := range keys(local) {
			roots = append(roots, Requirement{Name: name})
		}
	}
	var lines []string
	if err := p.collect(dir, m, local, roots, map[string]bool{}, &lines); err != nil {
		return nil, err
	}
	if len(lines) > 0 {
		slices.Sort(lines)
		lines = slices.Compact(lines)
		p.Steps = append(p.Steps, step{What: people.Count(len(lines), "requirement") + " of pyproject.toml", Lines: lines, Indexes: namedIndexes(m)})
		p.Warnings = append(p.Warnings, noLock(lockCommand(m)))
	}
	if m.Package {
		p.Steps = append(p.Steps, ownStep(dir, m, true))
	}
	return p, nil
}

func lockCommand(m *manifest) string {
	if m.Poetry {
		return "poetry lock"
	}
	return "uv lock"
}

// collect gathers requirements. What comes from a folder of the app is installed from there, and what it requires is gathered
// in turn; its name is never asked of an index.
func (p *plan) collect(dir fs.FS, m *manifest, local map[string]*manifest, list []Requirement, seen map[string]bool, lines *[]string) error {
	for _, r := range list {
		s := m.Sources[r.Name]
		_, member := local[r.Name]
		if r.Name == p.Manifest.Name && m != p.Manifest {
			continue // a member that needs the root
		}
		if !s.local() && !(member && s == (source{}) && len(p.Manifest.Members) > 0) {
			p.expect(r, m.file()+": "+r.String())
			*lines = append(*lines, fromSource(r, s).String())
			continue
		}
		if seen[r.Name] {
			continue
		}
		seen[r.Name] = true
		one := local[r.Name]
		if folder := path.Join(m.Dir, s.Path); s.Path != "" && fs.ValidPath(folder) {
			var err error
			if one, err = readManifest(dir, folder); err != nil {
				return err
			}
		}
		if one == nil && s.Path == "" {
			return fmt.Errorf("cannot find %s: %s says that it is a member of the workspace, and none has that name", r.Name, m.file())
		}
		if one == nil {
			step, err := p.folder(dir, &locked{Name: r.Name, From: source{Path: path.Join(m.Dir, s.Path)}}, nil)
			if err != nil {
				return err
			}
			step.Args = slices.DeleteFunc(step.Args, func(arg string) bool { return arg == "--no-deps" })
			p.Steps = append(p.Steps, step)
			continue
		}
		if one.Package || s.local() && !one.Virtual {
			p.Steps = append(p.Steps, ownStep(dir, one, false))
		}
		if err := p.collect(dir, one, local, one.names(r.Extras), seen, lines); err != nil {
			return err
		}
	}
	return nil
}

// fromSource writes a requirement with the place that the manifest names for it.
func fromSource(r Requirement, s source) Requirement {
	switch {
	case s.Git != "":
		r.URL = gitURL(s)
	case s.URL != "":
		r.URL = s.URL
	}
	if r.URL != "" {
		r.Spec, r.AnyOf = "", nil
	}
	return r
}

// namedIndexes are the further indexes of a manifest.
func namedIndexes(m *manifest) []index {
	var all []index
	for _, name := range keys(m.Indexes) {
		all = append(all, index{name, m.Indexes[name]})
	}
	return remote(all)
}

type pipfile struct {
	Source []struct {
		Name string `toml:"name"`
		URL  string `toml:"url"`
	} `toml:"source"`
	Packages map[string]any `toml:"packages"`
	Scripts  map[string]any `toml:"scripts"`
	Requires struct {
		Version string `toml:"python_version"`
		Full    string `toml:"python_full_version"`
	} `toml:"requires"`
}

// readPipfile reads what Pipfile requires for production, and where that comes from.
func readPipfile(dir fs.FS) ([]Requirement, map[string]source, error) {
	p, err := decodePipfile(dir)
	if err != nil {
		return nil, nil, err
	}
	var all []Requirement
	sources := map[string]source{}
	for _, name := range keys(p.Packages) {
		spec, table := "", map[string]any{}
		switch v := p.Packages[name].(type) {
		case string:
			spec = v
		case map[string]any:
			spec, table = text(v, "version"), v
		default:
			return nil, nil, fmt.Errorf("cannot read Pipfile: package %s is neither a version nor a table", name)
		}
		if spec == "*" {
			spec = ""
		}
		if spec != "" && strings.Trim(spec[:1], "0123456789") == "" {
			spec = "==" + spec
		}
		if _, err := specifiers(spec); err != nil {
			return nil, nil, fmt.Errorf("cannot read Pipfile: package %s: %w", name, err)
		}
		r := Requirement{Name: normalize(name), Spec: spec, Extras: extras(language.Texts(table["extras"])), Marker: text(table, "markers")}
		for _, key := range []string{"sys_platform", "os_name", "platform_machine", "platform_system", "python_version"} {
			if v := text(table, key); v != "" {
				r.Marker = and(r.Marker, key+" "+v)
			}
		}
		e := pipfileEntry{Path: text(table, "path"), File: text(table, "file"), Editable: table["editable"] == true, Git: text(table, "git"), Ref: text(table, "ref"), Sub: text(table, "subdirectory")}
		if s := e.source(); s != (source{}) {
			sources[r.Name] = s
		}
		all = append(all, r)
	}
	return all, sources, nil
}

func decodePipfile(dir fs.FS) (pipfile, error) {
	var p pipfile
	text, _, err := language.ReadText(dir, "Pipfile")
	if err != nil {
		return p, err
	}
	if _, err := document.TOML(text, &p); err != nil {
		return p, language.TOMLError("Pipfile", err)
	}
	return p, nil
}

// planPipfile installs what Pipfile requires, in the newest versions that fit.
func planPipfile(dir fs.FS, m *manifest) (*plan, error) {
	requires, sources, err := readPipfile(dir)
	if err != nil {
		return nil, err
	}
	p := newPlan("Pipfile", m)
	var lines []string
	for _, r := range requires {
		s := sources[r.Name]
		if s.Path != "" {
			one, err := p.folder(dir, &locked{Name: r.Name, From: s}, nil)
			if err != nil {
				return nil, err
			}
			one.Args = slices.DeleteFunc(one.Args, func(arg string) bool { return arg == "--no-deps" })
			p.Steps = append(p.Steps, one)
			continue
		}
		p.expect(r, "Pipfile: "+r.String())
		lines = append(lines, fromSource(r, s).String())
	}
	file, err := decodePipfile(dir)
	if err != nil {
		return nil, err
	}
	var all []index
	for _, s := range file.Source {
		all = append(all, index{s.Name, s.URL})
	}
	if len(lines) > 0 {
		p.Steps = append(p.Steps, step{What: people.Count(len(lines), "requirement") + " of Pipfile", Lines: lines, Indexes: remote(all)})
		p.Warnings = append(p.Warnings, noLock("pipenv lock"))
	}
	return p, nil
}
