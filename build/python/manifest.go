package python

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// source says where a distribution comes from instead of an index ([tool.uv.sources], Poetry's and Pipenv's tables).
type source struct {
	Path     string // below the folder of the manifest
	Editable bool
	Member   bool // of the workspace, by its name
	Git, Rev string
	Sub      string // folder in the repository or archive
	URL      string
	Index    string // name of the index
}

// local tells whether the source is a folder or file of the app: such a name must never be asked of an index.
func (s source) local() bool { return s.Path != "" || s.Member }

// manifest is what pyproject.toml says, whichever tool it was written for.
type manifest struct {
	Dir            string // its folder below the app's; "." for the root
	Name           string // normalized; empty where it names no project
	Project        bool   // it has [project] or [tool.poetry]
	Standard       bool   // it has [project]
	Requires       []Requirement
	Optional       map[string][]Requirement // extras
	Groups         map[string][]Requirement // dependency groups; none of them is for production
	Dynamic        bool                     // only the build backend knows what it requires
	RequiresPython string
	PythonFrom     string            // the key that says it
	Scripts        map[string]string // "serve": "shop.cli:main"
	Commands       map[string]any    // of [tool.pdm.scripts], which `pdm run` runs by their names
	Package        bool              // it can be installed as a package
	Virtual        bool              // it says itself that it is none: what it requires is installed, and it is not
	Backend        string            // of the build system
	Poetry         bool
	Sources        map[string]source
	Members        []string // patterns of workspace members' folders
	Excluded       []string
	Indexes        map[string]string // name: URL
	UV             string            // required-version of uv
}

// pyproject has the tables that are read: [project] (PEP 621), [build-system] (PEP 518), [dependency-groups] (PEP 735)
// and those of the tools.
type pyproject struct {
	BuildSystem *struct {
		Backend string `toml:"build-backend"`
	} `toml:"build-system"`
	Project *struct {
		Name           string              `toml:"name"`
		RequiresPython string              `toml:"requires-python"`
		Dependencies   []string            `toml:"dependencies"`
		Optional       map[string][]string `toml:"optional-dependencies"`
		Dynamic        []string            `toml:"dynamic"`
		Scripts        map[string]string   `toml:"scripts"`
	} `toml:"project"`
	Groups map[string][]any `toml:"dependency-groups"`
	Tool   struct {
		Poetry *poetryTable `toml:"poetry"`
		UV     *uvTable     `toml:"uv"`
		PDM    *struct {
			Dev          map[string][]string `toml:"dev-dependencies"`
			Distribution *bool               `toml:"distribution"`
			Scripts      map[string]any      `toml:"scripts"`
		} `toml:"pdm"`
	} `toml:"tool"`
}

type uvTable struct {
	RequiredVersion string         `toml:"required-version"`
	Package         *bool          `toml:"package"`
	Sources         map[string]any `toml:"sources"`
	Workspace       *struct {
		Members []string `toml:"members"`
		Exclude []string `toml:"exclude"`
	} `toml:"workspace"`
	Index []struct {
		Name string `toml:"name"`
		URL  string `toml:"url"`
	} `toml:"index"`
}

// readManifest reads pyproject.toml of a folder of the app; it returns nil where there is none.
func readManifest(dir fs.FS, folder string) (*manifest, error) {
	file := path.Join(folder, "pyproject.toml")
	text, ok, err := language.ReadText(dir, file)
	if err != nil || !ok {
		return nil, err
	}
	var p pyproject
	if _, err := document.TOML(text, &p); err != nil {
		return nil, language.TOMLError(file, err)
	}
	m := &manifest{Dir: folder, Sources: map[string]source{}, Optional: map[string][]Requirement{}, Groups: map[string][]Requirement{}, Indexes: map[string]string{}}
	if err := errors.Join(m.project(p), m.poetry(p.Tool.Poetry), m.uv(p.Tool.UV), m.groups(p)); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", file, err)
	}
	m.Virtual = isVirtual(p)
	m.Package = m.isPackage(p)
	if p.Tool.PDM != nil {
		m.Commands = p.Tool.PDM.Scripts
	}
	return m, nil
}

// project takes what [project] says.
func (m *manifest) project(p pyproject) error {
	if p.BuildSystem != nil {
		m.Backend = p.BuildSystem.Backend
	}
	if p.Project == nil {
		return nil
	}
	m.Project, m.Standard, m.Name, m.Scripts = true, true, normalize(p.Project.Name), p.Project.Scripts
	m.RequiresPython, m.PythonFrom = p.Project.RequiresPython, "pyproject.toml (requires-python)"
	m.Dynamic = slices.Contains(p.Project.Dynamic, "dependencies") && p.Tool.Poetry == nil
	var err error
	if m.Requires, err = requirements(p.Project.Dependencies); err != nil {
		return err
	}
	for extra, list := range p.Project.Optional {
		if m.Optional[normalize(extra)], err = requirements(list); err != nil {
			return err
		}
	}
	return nil
}

func requirements(texts []string) ([]Requirement, error) {
	var all []Requirement
	for _, text := range texts {
		r, err := parseRequirement(text)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// uv reads [tool.uv]: the version of uv, members, indexes and sources.
func (m *manifest) uv(t *uvTable) error {
	if t == nil {
		return nil
	}
	m.UV = t.RequiredVersion
	if t.Workspace != nil {
		m.Members, m.Excluded = t.Workspace.Members, t.Workspace.Exclude
	}
	for _, index := range t.Index {
		m.Indexes[index.Name] = index.URL
	}
	for name, value := range t.Sources {
		tables, err := tablesOf(value)
		if err != nil {
			return fmt.Errorf("[tool.uv.sources] %s: %w", name, err)
		}
		for _, t := range tables {
			rev := cmp.Or(text(t, "rev"), text(t, "tag"), text(t, "branch"))
			s := source{
				Path: text(t, "path"), Member: t["workspace"] == true, Editable: t["editable"] == true, Git: text(t, "git"), Rev: rev,
				Sub: text(t, "subdirectory"), URL: text(t, "url"), Index: text(t, "index"),
			}
			// One that is local on any platform is taken for local: its name is never asked of an index.
			if old, ok := m.Sources[normalize(name)]; !ok || (!old.local() && s.local()) {
				m.Sources[normalize(name)] = s
			}
		}
	}
	return nil
}

// groups reads [dependency-groups] (PEP 735).
func (m *manifest) groups(p pyproject) error {
	for name, list := range p.Groups {
		for _, item := range list {
			text, ok := item.(string)
			if !ok {
				continue // {include-group = …}: resolved where a group is asked for
			}
			r, err := parseRequirement(text)
			if err != nil {
				return err
			}
			m.Groups[normalize(name)] = append(m.Groups[normalize(name)], r)
		}
	}
	return nil
}

// isPackage tells whether the project is to be installed itself. A manifest without a build system only lists
// dependencies, as uv has it; scripts want an installation.
func (m *manifest) isPackage(p pyproject) bool {
	said := p.Tool.UV != nil && p.Tool.UV.Package != nil
	return m.Project && !m.Virtual && (said || p.BuildSystem != nil || len(m.Scripts) > 0)
}

// isVirtual tells whether a project says itself that it is no package.
func isVirtual(p pyproject) bool {
	no := func(said *bool) bool { return said != nil && !*said }
	return p.Tool.UV != nil && no(p.Tool.UV.Package) || p.Tool.PDM != nil && no(p.Tool.PDM.Distribution) || p.Tool.Poetry != nil && no(p.Tool.Poetry.PackageMode)
}

// workspace finds the manifests of workspace members, by their names.
func (m *manifest) workspace(dir fs.FS) (map[string]*manifest, error) {
	members := map[string]*manifest{}
	search := language.NewSearch(dir)
	for _, pattern := range m.Members {
		found, err := search.Glob(path.Join(m.Dir, pattern, "pyproject.toml"))
		if err != nil {
			return nil, fmt.Errorf("cannot look for workspace members %q: %w", pattern, err)
		}
		for _, file := range found {
			folder := path.Dir(file)
			if slices.ContainsFunc(m.Excluded, func(x string) bool { ok, _ := path.Match(path.Join(m.Dir, x), folder); return ok }) {
				continue
			}
			member, err := readManifest(dir, folder)
			if err != nil {
				return nil, err
			}
			if member != nil && member.Name != "" {
				members[member.Name] = member
			}
		}
	}
	return members, nil
}

// tablesOf is a table, or the tables of a list.
func tablesOf(value any) ([]map[string]any, error) {
	switch v := value.(type) {
	case map[string]any:
		return []map[string]any{v}, nil
	case []map[string]any:
		return v, nil
	case []any:
		var all []map[string]any
		for _, one := range v {
			t, ok := one.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%v is no table", one)
			}
			all = append(all, t)
		}
		return all, nil
	}
	return nil, fmt.Errorf("%v is no table", value)
}

func text(t map[string]any, key string) string { s, _ := t[key].(string); return s }

// names are the distributions that a manifest requires for production, with those of its extras.
func (m *manifest) names(wanted []string) []Requirement {
	all := slices.Clone(m.Requires)
	for _, extra := range wanted {
		all = append(all, m.Optional[extra]...)
	}
	return all
}

// keys lists a map's keys in order.
func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
