package node

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
	"whittle.dev/whittle/internal/document"
	"whittle.dev/whittle/internal/fetch"
)

// app is one build of an app.
type app struct {
	language.Site
	own     folder   // the app's
	top     folder   // where its lock file is: own, or the root of its workspace
	members []folder // of the workspace
	npm     npm.Registry
	lent    lent // what the build image has of it
	manager manager
	env     map[string]string // for the programs that the build runs
	engines []engine          // what the build has on its PATH, by layer
	headers string            // the folder of the headers that belong to Node.js; empty where the build has none
	project fs.FS             // the project's folder, bounded
	notes   []string
	// function tells that the process is the app's by convention: it serves a function.
	function bool
	// development is a development package that what starts imports; empty for none.
	development string
	depth       int      // of scripts in scripts
	inlined     int      // scripts that were read for a line
	building    bool     // lines are read to run with the build
	watched     bool     // a line that was read had something that watches, and was to go on
	stood       stood    // before anything is installed
	called      []string // programs that another language's build calls
	// fetching are packages of managers, by their folders.
	fetching map[string]*fetched
}

// look reads everything that files tell about an app.
func look(s language.Site) (*app, error) {
	a := &app{Site: s, env: s.Env}
	project, rel, err := s.Project()
	if err != nil {
		return nil, err
	}
	if a.own, err = openFolder(s.Dir, rel, s.Files); err != nil {
		return nil, err
	}
	a.project = project
	if a.top, err = a.findTop(project); err != nil {
		return nil, err
	}
	if a.members, err = readMembers(a.top); err != nil {
		return nil, err
	}
	if err := a.chooseManager(); err != nil {
		return nil, err
	}
	return a, a.configure()
}

// configure reads npm's configuration.
func (a *app) configure() error {
	config, err := npm.ReadConfig(a.top.files, a.Env, npm.GlobalConfig)
	a.npm = npm.Registry{Config: config, Client: fetch.WithLogin(a.Client, config.Authorization)}
	a.lent = lentBy(a.BuildImage)
	return err
}

// folders are those whose files say how the app is built, the app's own first.
func (a *app) folders() []folder {
	if a.own.dir == a.top.dir {
		return []folder{a.own}
	}
	return []folder{a.own, a.top}
}

func openFolder(dir, rel string, files fs.FS) (folder, error) {
	m, err := readManifest(files)
	return folder{dir: dir, rel: rel, files: files, manifest: m}, err
}

// lockFiles are those of the package managers.
var lockFiles = []string{"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"}

// findTop returns the nearest folder, from the app's own upwards, that has a lock file or is the root of a workspace.
func (a *app) findTop(project fs.FS) (folder, error) {
	if language.FirstFile(a.own.files, lockFiles...) != "" || a.own.rel == "." {
		return a.own, nil
	}
	for rel := filepath.Dir(a.own.rel); ; rel = filepath.Dir(rel) {
		files, err := fs.Sub(project, rel)
		if err != nil {
			return folder{}, fmt.Errorf("cannot read %s: %w", rel, err)
		}
		f, err := openFolder(filepath.Join(a.Root, rel), rel, files)
		if err != nil {
			return folder{}, err
		}
		if language.FirstFile(files, append(lockFiles, "pnpm-workspace.yaml")...) != "" || len(f.manifest.Workspaces) > 0 {
			return f, nil
		}
		if rel == "." {
			return a.own, nil
		}
	}
}

// readMembers lists the members of a workspace, sorted by folder.
func readMembers(top folder) ([]folder, error) {
	dirs, err := memberDirs(top)
	if err != nil {
		return nil, err
	}
	var all []folder
	for dir, in := range dirs {
		if !in || dir == "." {
			continue
		}
		files, err := fs.Sub(top.files, dir)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", dir, err)
		}
		f, err := openFolder(filepath.Join(top.dir, dir), filepath.Join(top.rel, dir), files)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b folder) int { return strings.Compare(a.rel, b.rel) })
	return all, nil
}

// memberDirs are the folders that the patterns of a workspace match, and whether the last pattern to do so takes them in or leaves them out.
func memberDirs(top folder) (map[string]bool, error) {
	patterns := slices.Clone([]string(top.manifest.Workspaces))
	text, _, err := language.ReadText(top.files, "pnpm-workspace.yaml")
	if err != nil {
		return nil, err
	}
	var pnpm struct {
		Packages []string `yaml:"packages"`
	}
	if err := document.YAML(text, &pnpm); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", top.path("pnpm-workspace.yaml"), err)
	}
	patterns = append(patterns, pnpm.Packages...)
	dirs := map[string]bool{}
	search := language.NewSearch(top.files)
	for _, p := range patterns {
		pattern, exclude := strings.CutPrefix(p, "!")
		pattern = strings.TrimPrefix(strings.TrimSuffix(pattern, "/"), "./")
		if pattern == "" || pattern == "." || !fs.ValidPath(strings.Trim(pattern, "/")) {
			continue
		}
		found, err := search.Find(pattern + "/package.json")
		if err != nil {
			return nil, fmt.Errorf("cannot read the workspaces of %s: %q: %w", top.path("package.json"), p, err)
		}
		for _, f := range found {
			if dir := filepath.Dir(f); !strings.Contains("/"+dir+"/", "/node_modules/") {
				dirs[dir] = !exclude
			}
		}
	}
	return dirs, nil
}

// member returns the workspace member of a name, or of a folder's path.
func (a *app) member(name string) (folder, bool) {
	want := strings.TrimPrefix(strings.TrimSuffix(name, "/"), "./")
	for _, f := range a.all() {
		rel, err := filepath.Rel(a.top.dir, f.dir)
		if string(f.manifest.Name) == name || err == nil && rel == want {
			return f, true
		}
	}
	return folder{}, false
}

// all are the app's own folder and those of the workspace.
func (a *app) all() []folder {
	all := a.folders()
	for _, m := range a.members {
		if m.dir != a.own.dir {
			all = append(all, m)
		}
	}
	return all
}
