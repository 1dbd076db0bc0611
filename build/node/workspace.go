package node

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// buildMembers runs the scripts "build" of the members of the workspace that the app depends on, each after those that it
// depends on itself, as the tools of workspaces do. Where the app is the workspace's root, its own script does all that.
func (a *app) buildMembers(ctx context.Context) error {
	if a.own.dir == a.top.dir {
		return nil
	}
	for _, f := range a.required() {
		if f.manifest.Scripts["build"] == "" {
			continue
		}
		if err := a.script(ctx, f, "build", a.buildEnv()); err != nil {
			return err
		}
	}
	return nil
}

// required are the members of the workspace that the app depends on, directly and not, each after those that it depends on.
func (a *app) required() []folder {
	var all []folder
	seen := map[string]bool{a.own.dir: true}
	var visit func(folder)
	visit = func(f folder) {
		for _, m := range a.members { // sorted, so that the order is always the same
			if seen[m.dir] || m.manifest.Name == "" || !f.manifest.needs(string(m.manifest.Name)) {
				continue
			}
			seen[m.dir] = true
			visit(m)
			all = append(all, m)
		}
	}
	visit(a.own)
	return all
}

// member finds the one app of a workspace whose root is none, below the project's folder. It is empty where the root itself
// says how it is built or starts, and where several members may be the app.
func member(project fs.FS) (string, error) {
	top, err := openFolder("/", ".", project)
	if err != nil {
		return "", err
	}
	if scripts := top.manifest.Scripts; scripts["start"] != "" || scripts["build"] != "" || scripts[scriptPostbuild] != "" || scripts[scriptGCP] != "" || top.startable() {
		return "", nil
	}
	for _, source := range []string{"src", "app", "pages", "index.html"} {
		if _, err := fs.Stat(project, source); err == nil {
			return "", nil
		}
	}
	members, err := readMembers(top)
	if err != nil {
		return "", err
	}
	if apps := candidates(members); len(apps) == 1 {
		return apps[0].rel, nil
	}
	return "", nil
}

// candidates are the members of a workspace that may be apps: those that have a script start, or else those that nobody
// depends on and that a framework builds or that have a file by which apps are commonly started.
func candidates(members []folder) []folder {
	starting := slices.DeleteFunc(slices.Clone(members), func(f folder) bool { return f.manifest.Scripts["start"] == "" })
	if len(starting) > 0 {
		return starting
	}
	return slices.DeleteFunc(slices.Clone(members), func(f folder) bool {
		needed := slices.ContainsFunc(members, func(m folder) bool { return m.manifest.needs(string(f.manifest.Name)) })
		_, framed := frameworkOf(f.manifest)
		return needed || !framed && !f.startable()
	})
}

// below are the folders of an app that is no workspace which have a package.json of their own.
func (a *app) below() []folder {
	var all []folder
	search := language.NewSearch(a.own.files)
	for _, pattern := range []string{"*/package.json", "*/*/package.json"} {
		found, err := search.Find(pattern)
		if err != nil {
			return nil
		}
		for _, name := range found {
			dir := path.Dir(name)
			files, err := fs.Sub(a.own.files, dir)
			if err != nil || language.IsMinor(dir) || strings.Contains("/"+dir+"/", "/node_modules/") || strings.Contains("/"+dir, "/.") {
				continue
			}
			if f, err := openFolder(a.at(dir), path.Join(a.own.rel, dir), files); err == nil {
				all = append(all, f)
			}
		}
	}
	return all
}

// startable tells whether a folder has a file by which apps are commonly started.
func (f folder) startable() bool {
	main := path.Clean(string(f.manifest.Main))
	return language.FirstFile(f.files, main, main+".js") != "" || language.FirstFile(f.files, startFiles...) != "" || language.FirstFile(f.files, startFilesBelow...) != ""
}

// startMember is how the one app among the members of a workspace starts, where the root builds it and says no more.
func (a *app) startMember(ctx context.Context) (outcome, bool, error) {
	apps := candidates(a.members)
	if a.own.dir != a.top.dir || len(apps) != 1 {
		return outcome{}, false, nil
	}
	inside := *a
	inside.own, inside.Dir, inside.Files = apps[0], apps[0].dir, apps[0].files
	o, err := inside.start(ctx)
	a.notes = inside.notes
	if err != nil {
		return o, false, err
	}
	to := apps[0].rel
	if o.site != nil {
		o.site.Folder = path.Join(to, o.site.Folder)
	}
	if o.contained != "" {
		o.contained = path.Join(to, o.contained)
	}
	for i, p := range o.processes {
		o.processes[i].Line, o.processes[i].Command = "cd "+command.Text(to).String()+" && "+written(p), nil
		o.processes[i].Why = p.Why + " of " + to
	}
	return o, true, nil
}
