// Package project reads what an app says about its own build: project.toml, the Procfile, and the settings of the
// platform. It is read once a phase, and both phases read it the same way.
package project

import (
	"io/fs"
	"slices"
)

// Project is what an app's folder and the environment say about the build.
type Project struct {
	Settings Settings
	// Folder is the app's folder below the project's, such as "apps/web" in a monorepo; empty where they are the same.
	Folder string
	Files  fs.FS // the app's folder
	// Processes are the start commands that the user gives; none where the language's convention decides.
	Processes []Process
}

// Read reads the files of a project's folder and the environment of the phase. What cannot be read is an error that names
// the file: going on would hide the user's mistake.
//
// The first of these that says anything decides the processes: the environment, project.toml, the Procfile. BP_WHITTLE_START
// is the command of one process, and leaves the others as they are.
func Read(dir fs.FS, env map[string]string) (Project, error) {
	return ReadApp(dir, env, Setting{})
}

// ReadApp is Read for an app whose folder was found in another way; BP_WHITTLE_APP and project.toml go before it.
func ReadApp(dir fs.FS, env map[string]string, app Setting) (Project, error) {
	settings, err := readSettings(dir, env)
	if err != nil {
		return Project{}, err
	}
	if settings.App.Name == "" {
		settings.App = app
	}
	p := Project{Settings: settings, Processes: settings.Processes}
	if p.Files, p.Folder, err = below(dir, settings.App.Name, settings.App.By); err != nil {
		return Project{}, err
	}
	if len(p.Processes) == 0 {
		if p.Processes, err = readProcfile(p.Files); err != nil {
			return Project{}, err
		}
	}
	if settings.Start.Name != "" {
		p.Processes = withStart(p.Processes, settings.Start)
	}
	return p, nil
}

// withStart replaces the process web, or puts one in front.
func withStart(all []Process, start Setting) []Process {
	web := Process{Type: "web", Line: start.Name, By: start.By}
	if i := slices.IndexFunc(all, func(p Process) bool { return p.Type == "web" }); i >= 0 {
		web.Default = all[i].Default
		all = slices.Clone(all)
		all[i] = web
		return all
	}
	return append([]Process{web}, all...)
}

// Start is the command line that tells most about the app: of the process web, or else of the first; empty for none.
func (p Project) Start() string {
	for _, one := range p.Processes {
		if one.Type == "web" {
			return one.Text()
		}
	}
	if len(p.Processes) > 0 {
		return p.Processes[0].Text()
	}
	return ""
}
