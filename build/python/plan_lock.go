package python

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	people "whittle.dev/whittle/internal/text"
)

// planLock installs exactly what a lock says, each file with its digest. members are those of the workspace where the
// manifest is not its root's.
func planLock(ctx context.Context, dir fs.FS, l *lock, m *manifest, members map[string]*manifest, a asker) (*plan, error) {
	local, err := localManifests(dir, m, members, l)
	if err != nil {
		return nil, err
	}
	w := walk{markers: a.markers, python: a.python, local: local}
	roots, err := lockRoots(dir, l, m, a, &w)
	if err != nil {
		return nil, err
	}
	if err := a.markers.Prepare(ctx, l.markers(roots, local)); err != nil {
		return nil, err
	}
	chosen, err := take(ctx, l, roots, w)
	if err != nil {
		return nil, err
	}
	p := newPlan(l.File, m)
	p.Whole = true
	p.Files = []string{l.File}
	return p, p.fromLock(dir, l, chosen, local)
}

// lockRoots are the requirements that a lock must satisfy.
func lockRoots(dir fs.FS, l *lock, m *manifest, a asker, w *walk) ([]Requirement, error) {
	if l.Tool == "pipenv" {
		if !language.IsFile(dir, "Pipfile") {
			return nil, nil
		}
		roots, sources, err := readPipfile(dir)
		w.file, w.sources = "Pipfile", sources
		return roots, err
	}
	switch {
	case m == nil && l.Flat:
		return nil, nil
	case m == nil:
		return nil, fmt.Errorf("cannot use %s: there is no pyproject.toml beside it, which says what the app requires", l.File)
	}
	w.file, w.sources = m.file(), m.Sources
	roots := m.names(a.extras)
	for _, g := range a.groups {
		roots = append(roots, m.Groups[g]...)
	}
	if m.Dynamic {
		roots = append(roots, l.Needs...)
	}
	if !m.Project && len(m.Members) > 0 { // a workspace whose root is no project: all its members are the app
		for _, name := range keys(w.local) {
			roots = append(roots, Requirement{Name: name})
		}
	}
	return roots, nil
}

// localManifests finds the manifests of the folders that a workspace and a lock name, beside known ones.
func localManifests(dir fs.FS, m *manifest, known map[string]*manifest, l *lock) (map[string]*manifest, error) {
	local := over(map[string]*manifest{}, known)
	if m != nil && len(m.Members) > 0 {
		members, err := m.workspace(dir)
		if err != nil {
			return nil, err
		}
		local = members
	}
	folders := map[string]string{}
	if l != nil {
		for _, one := range l.Packages {
			if one.From.Path != "" && one.From.Path != "." {
				folders[one.Name] = one.From.Path
			}
		}
	}
	if m != nil {
		for name, s := range m.Sources {
			if s.Path != "" {
				folders[name] = s.Path
			}
		}
	}
	for _, name := range keys(folders) {
		folder := path.Clean(folders[name])
		if local[name] != nil || !fs.ValidPath(folder) {
			continue
		}
		one, err := readManifest(dir, folder)
		if err != nil {
			return nil, err
		}
		if one != nil {
			local[name] = one
		}
	}
	return local, nil
}

// fromLock makes steps of what a lock chose: files with digests; what has none, such as a repository's commit; folders of
// the app. The last go first, so that no index is ever asked for their names.
func (p *plan) fromLock(dir fs.FS, l *lock, chosen []*locked, local map[string]*manifest) error {
	var hashed, plain []string
	var indexes []index
	var folders []step
	var problems []error
	for _, k := range chosen {
		p.Dists[k.Name] = dist{Version: k.Version, Origin: l.File}
		switch hashes := k.pipHashes(); {
		case k.Virtual || p.isApp(k.From.Path) || p.Manifest != nil && k.Name == p.Manifest.Name && k.From.local():
			delete(p.Dists, k.Name)
		case k.From.Path != "":
			s, err := p.folder(dir, k, local[k.Name])
			folders, problems = append(folders, s), append(problems, err)
		case k.Version == "" && k.From == (source{}):
			problems = append(problems, fmt.Errorf("%s: package %s has no version", l.File, k.Name))
		case len(hashes) > 0 && k.From.Git == "":
			hashed = append(hashed, k.requirement().String()+" --hash="+strings.Join(hashes, " --hash="))
		default:
			plain = append(plain, k.requirement().String())
		}
		if i := p.indexOf(k.Registry); !slices.Contains(indexes, i) {
			indexes = append(indexes, i)
		}
	}
	p.Steps = append(p.Steps, folders...)
	if len(hashed) > 0 {
		p.Steps = append(p.Steps, step{
			What:  fmt.Sprintf("%s of %s, by their digests", people.Count(len(hashed), "package"), l.File),
			Lines: hashed, Args: []string{"--no-deps", "--require-hashes"}, Indexes: remote(indexes),
		})
	}
	if len(plain) > 0 {
		p.Steps = append(p.Steps, step{
			What:  fmt.Sprintf("%s of %s that it has no digests of", people.Count(len(plain), "package"), l.File),
			Lines: plain, Args: []string{"--no-deps"}, Indexes: remote(indexes),
		})
	}
	if p.Manifest != nil && p.Manifest.Package {
		p.Steps = append(p.Steps, ownStep(dir, p.Manifest, true))
	}
	return errors.Join(problems...)
}

// isApp tells whether a lock's path is the app's folder.
func (p *plan) isApp(folder string) bool {
	if folder == "" || p.Manifest == nil {
		return folder == "."
	}
	return path.Clean(folder) == path.Clean(p.Manifest.Dir)
}

// folder installs a folder, wheel or source archive of the app.
func (p *plan) folder(dir fs.FS, k *locked, m *manifest) (step, error) {
	folder := path.Clean(k.From.Path)
	if !fs.ValidPath(folder) {
		return step{}, fmt.Errorf("cannot install %s: its folder %s lies outside the app", k.Name, k.From.Path)
	}
	info, err := fs.Stat(dir, folder)
	if err != nil {
		return step{}, fmt.Errorf("cannot install %s: the app has no %s", k.Name, folder)
	}
	switch {
	case !info.IsDir():
		return step{What: folder, Args: []string{"--no-deps", "./" + folder}}, nil
	case m != nil:
		return ownStep(dir, m, false), nil
	}
	p.Own = true
	return step{What: folder, Args: []string{"--no-deps", "./" + folder}}, nil
}
