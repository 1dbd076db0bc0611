// Package project reads what an app says about its own build: project.toml, the Procfile, and the settings of the
// platform. It is read once a phase, and both phases read it the same way.
package project

import "io/fs"

// Project is what an app's folder and the environment say about the build.
type Project struct {
	Settings  Settings
	Processes []Process // of the Procfile, in its order; none where there is no Procfile
}

// Read reads the files of an app's folder and the environment of the phase. What cannot be read is an error that names the
// file: going on would hide the user's mistake.
func Read(dir fs.FS, env map[string]string) (Project, error) {
	settings, err := readSettings(dir, env)
	if err != nil {
		return Project{}, err
	}
	processes, err := readProcfile(dir)
	return Project{Settings: settings, Processes: processes}, err
}

// Start is the command line that tells most about the app: of the process web, or else of the first; empty for none.
func (p Project) Start() string {
	for _, one := range p.Processes {
		if one.Type == "web" {
			return one.Line
		}
	}
	if len(p.Processes) > 0 {
		return p.Processes[0].Line
	}
	return ""
}
