package python

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"whittle.dev/whittle/build/language"
)

// above are the folders of the project above the app's, the nearest first.
func above(project fs.FS, folder string) ([]*workspace, error) {
	var all []*workspace
	for dir := folder; project != nil && dir != "." && dir != ""; {
		dir = path.Dir(dir)
		files, err := fs.Sub(project, dir)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", dir, err)
		}
		all = append(all, &workspace{Files: files, Dir: dir})
	}
	return all, nil
}

// planAbove decides by the nearest folder above the app that has a lock, for an app that lists no packages of its own: several
// apps of one project share an environment. It returns nil where there is none. The project's own package is not installed:
// its folder is not the app's.
func planAbove(ctx context.Context, a asker) (*plan, error) {
	folders, err := above(a.project, a.folder)
	if err != nil {
		return nil, err
	}
	for _, w := range folders {
		i := slices.IndexFunc(readers, func(r reader) bool { return language.IsFile(w.Files, r.file) })
		if i < 0 {
			continue
		}
		a.project, a.folder = nil, ""
		p, err := decide(ctx, w.Files, a)
		if err != nil {
			return nil, err
		}
		p.Workspace = w
		if m := p.Manifest; m != nil && m.Package {
			own := ownStep(w.Files, m, true)
			p.Steps = slices.DeleteFunc(p.Steps, func(s step) bool { return s.What == own.What })
			p.Warnings = append(p.Warnings, "the project's own package "+m.Name+" is not installed: its code is not in the app's folder")
		}
		return p, nil
	}
	return nil, nil
}

// versionAbove is what the nearest folder above the app says about the version of Python, in the files that pyenv, uv, mise and
// asdf look for upwards.
func versionAbove(project fs.FS, folder string) (*language.Wish, error) {
	folders, err := above(project, folder)
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		for _, read := range []func(fs.FS) (*language.Wish, error){versionFile, toolVersions} {
			w, err := read(f.Files)
			if err != nil || w != nil {
				if w != nil {
					w.From = "the project's " + path.Join(f.Dir, w.From)
				}
				return w, err
			}
		}
	}
	return nil, nil
}
