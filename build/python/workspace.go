package python

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// workspace is a uv workspace whose member the app is, where the app is a folder of a larger project: its one lock, in its
// root, is the app's.
type workspace struct {
	Files   fs.FS  // of its root
	Dir     string // its root, below the project's folder; "." for that
	Lock    *lock  // with what it says the app needs
	Members map[string]*manifest
	App     *manifest // of the app, its Dir below the workspace's root
}

// findWorkspace looks for the workspace from the folder above the app's upwards; it returns nil where the app is of none.
// project is the project's folder, and folder the app's below it.
func findWorkspace(project fs.FS, folder string) (*workspace, error) {
	for dir := folder; dir != "." && dir != ""; {
		dir = path.Dir(dir)
		files, err := fs.Sub(project, dir)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", dir, err)
		}
		if !language.IsFile(files, "uv.lock") {
			continue
		}
		if dir != "." {
			folder = strings.TrimPrefix(folder, dir+"/")
		}
		return readWorkspace(files, dir, folder)
	}
	return nil, nil
}

// readWorkspace reads a workspace of uv's whose member the app is; nil where it is none.
func readWorkspace(files fs.FS, dir, folder string) (*workspace, error) {
	root, err := readManifest(files, ".")
	if err != nil || root == nil {
		return nil, err
	}
	members, err := root.workspace(files)
	if err != nil {
		return nil, err
	}
	app := member(members, folder)
	if app == nil {
		return nil, nil // the lock is another project's
	}
	l, err := readLock(files, "uv.lock")
	if err != nil {
		return nil, err
	}
	l.Needs = nil
	for _, one := range l.Packages {
		if one.Name != app.Name || !one.From.local() {
			continue
		}
		for _, n := range one.Needs {
			if n.For == "" {
				l.Needs = append(l.Needs, n.Requirement)
			}
		}
	}
	// The root's sources and indexes are all members', unless a member has its own.
	for _, m := range members {
		for name, s := range m.Sources {
			if s.Path != "" {
				s.Path = path.Join(m.Dir, s.Path)
				m.Sources[name] = s
			}
		}
		m.Sources, m.Indexes = over(root.Sources, m.Sources), over(root.Indexes, m.Indexes)
	}
	return &workspace{Files: files, Dir: dir, Lock: l, Members: members, App: app}, nil
}

// member is the member in a folder.
func member(all map[string]*manifest, folder string) *manifest {
	for _, name := range keys(all) {
		if all[name].Dir == folder {
			return all[name]
		}
	}
	return nil
}

// over is a map with another over it.
func over[V any](below, above map[string]V) map[string]V {
	both := maps.Clone(below)
	maps.Copy(both, above)
	return both
}

// project is the project's folder for reading, where the app is below it.
func (p *python) project() (files fs.FS, folder string, err error) {
	files, folder, err = p.Project()
	if err != nil || folder == "." {
		return nil, "", err
	}
	return files, folder, nil
}

// base is the folder that the plan's paths start from, at its path in the image: the app's, or the root of its workspace.
func (p *python) base() string {
	if p.plan.Workspace != nil {
		return filepath.Join(p.Root, p.plan.Workspace.Dir)
	}
	return p.Dir
}

// baseFiles is base for reading.
func (p *python) baseFiles() fs.FS {
	if p.plan.Workspace != nil {
		return p.plan.Workspace.Files
	}
	return p.Files
}

// members are the folders outside the app's that it is run from, absolute: those that are installed as editable. Where one is
// reached by a link, what that leads to is another.
func (p *python) members() []string {
	var all []string
	for _, s := range p.plan.Steps {
		if p.plan.Workspace == nil || !s.linksApp() {
			continue
		}
		dir := filepath.Join(p.base(), s.Args[len(s.Args)-1])
		if dir != p.Dir && !strings.HasPrefix(dir, p.Dir+"/") {
			all = append(all, dir)
			if real, err := filepath.EvalSymlinks(dir); err == nil {
				all = append(all, real)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
