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
// The first of these that says anything decides the processes: the environment, project.toml, the Procfile, App Engine's app.yaml. BP_WHITTLE_START,
// GOOGLE_ENTRYPOINT and BP_LAUNCHPOINT are the command of one process, and leave the others as they are.
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
	if len(p.Processes) == 0 {
		p.Processes = readAppEngine(p.Files)
	}
	if web, ok := started(settings.Start, env); ok {
		p.Processes = withStart(p.Processes, web)
	}
	return p, nil
}

const (
	// launchpoint is the setting by which Paketo's buildpacks are told which file Node.js runs.
	launchpoint = "BP_LAUNCHPOINT"
	// entrypoint is the one by which Google's are told the command that starts.
	entrypoint = "GOOGLE_ENTRYPOINT"
)

// started is the process web as the environment has it.
func started(start Setting, env map[string]string) (Process, bool) {
	switch {
	case start.Name != "":
		return Process{Type: "web", Line: start.Name, By: start.By}, true
	case env[entrypoint] != "":
		return Process{Type: "web", Line: env[entrypoint], By: entrypoint}, true
	case env[launchpoint] != "":
		return Process{Type: "web", Command: []string{"node", env[launchpoint]}, By: launchpoint}, true
	}
	return Process{}, false
}

// withStart replaces the process web, or puts one in front.
func withStart(all []Process, web Process) []Process {
	if i := slices.IndexFunc(all, func(p Process) bool { return p.Type == "web" }); i >= 0 {
		web.Default = all[i].Default
		all = slices.Clone(all)
		all[i] = web
		return all
	}
	return append([]Process{web}, all...)
}

// Start is the process that tells most about the app: web, or else the first; one without a command where there is none.
func (p Project) Start() Process {
	for _, one := range p.Processes {
		if one.Type == "web" {
			return one
		}
	}
	if len(p.Processes) > 0 {
		return p.Processes[0]
	}
	return Process{}
}
