package plain

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
)

// app is an app at work.
type app struct {
	language.Site
	programs []program
	slices   []slicer.Named
	omit     []slicer.Omit
	notes    []string
}

// compile finds out what starts of what is of no language, and what that needs; only a site of Hugo's is made.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	a := &app{Site: s, programs: programs(s.Files)}
	if config := hugoSite(s.Files); config != "" && len(s.Processes)+len(a.programs) == 0 && server(s.Files) == "" {
		return a.hugo(ctx, config)
	}
	s.Log.Step("The app's own programs")
	var made language.Artifacts
	var err error
	if len(s.Processes) == 0 {
		if made.Processes, err = a.convention(); err != nil {
			return made, err
		}
		made.Looked = []string{"one ELF program in the app's folder or in bin/", "one zip app of Python's (.pex, .pyz)", nginxConf, httpdConf, "a site of Hugo's"}
	}
	if made.Started, err = a.start(append(slices.Clone(s.Processes), made.Processes...)); err != nil {
		return made, err
	}
	if len(s.Processes) == 0 {
		made.Processes, made.Started = made.Started, nil
	}
	a.warnOfTemp()
	if err := a.home(); err != nil {
		return made, err
	}
	if err := a.clean(); err != nil {
		return made, err
	}
	if made.Components, err = a.components(); err != nil {
		return made, err
	}
	if apps := zipApps(s.Files); len(apps) > 0 {
		a.slices = append(a.slices, python(apps[0])...)
	}
	made.Slices, made.Omit = a.slices, a.omit
	made.Static = len(a.programs) > 0 && !slices.ContainsFunc(a.programs, func(p program) bool { return p.interp != "" })
	made.Notes = a.notes
	s.Log.Done()
	return made, nil
}

// warnOfTemp tells of programs that want to run what they write into /tmp.
func (a *app) warnOfTemp() {
	for _, p := range a.programs {
		if p.alone {
			a.Log.WarnLate("%s unpacks its libraries into /tmp when it starts, and fails where programs may not be there (noexec): a folder that pyinstaller --onedir makes runs anywhere", p.name)
		}
	}
}

// convention starts the app by the configuration of a web server, or by its only program. Of several the one for this processor is
// meant: releases of a program often come as one file a processor.
func (a *app) convention() ([]language.Process, error) {
	fit := slices.DeleteFunc(slices.Clone(a.programs), func(p program) bool { return !p.runsOn(a.Arch) })
	if len(fit) == 0 {
		fit = a.programs
	}
	if i := slices.IndexFunc(fit, func(p program) bool { return p.dotnet.included }); i >= 0 {
		fit = fit[i : i+1] // the others are programs of .NET's own, such as createdump
	}
	switch len(fit) {
	case 0:
		if hasNginx(a.Files) {
			return []language.Process{{Type: "web", Line: "nginx", Why: nginxConf}}, nil
		}
		if server(a.Files) == httpdConf {
			line, err := a.httpd(httpdConf)
			return []language.Process{{Type: "web", Line: line, Why: httpdConf}}, err
		}
		if apps := zipApps(a.Files); len(apps) == 1 {
			return []language.Process{{Type: "web", Command: []string{"python3", apps[0]}, Why: apps[0]}}, nil
		}
		return nil, nil
	case 1:
		return []language.Process{fit[0].start(filepath.Join(a.Dir, fit[0].name))}, nil
	}
	return nil, &language.Problem{
		What:     "nothing says which of the app's programs starts it",
		Evidence: names(fit),
		Next:     fmt.Sprintf("Write a Procfile with one line, such as \"web: ./%s\", or set BP_WHITTLE_START to the command.", fit[0].name),
	}
}

// start makes processes ready: it checks the app's own programs and scripts among those that they run, and prepares the
// configuration of those that need it.
func (a *app) start(all []language.Process) ([]language.Process, error) {
	var ready []language.Process
	for _, p := range all {
		line, err := command.Of(p.Line, p.Command)
		if err != nil {
			return nil, nil // the build tells of it, with the command
		}
		for i, s := range line {
			words := command.Plain(s.Call().Words)
			if len(words) == 0 {
				continue
			}
			if err := a.started(words[0]); err != nil {
				return nil, err
			}
			if path.Base(words[0]) == "nginx" && i == len(line)-1 {
				if line, err = a.nginx(line); err != nil {
					return nil, err
				}
				p.Line, p.Command = line.String(), nil
			}
		}
		ready = append(ready, p)
	}
	return ready, nil
}

// started checks a program or script of the app's that a process runs, and gives it the execute permission that an upload
// from Windows or a zip file has lost.
func (a *app) started(word string) error {
	name := word
	if path.IsAbs(name) {
		rel, ok := strings.CutPrefix(name, a.Dir+"/")
		if !ok {
			return nil
		}
		name = rel
	}
	name = path.Clean(name)
	if !strings.Contains(word, "/") || strings.HasPrefix(name, "../") {
		return nil // it is looked for on PATH
	}
	if p, ok := readProgram(a.Files, name); ok {
		if err := p.check(a.Arch); err != nil {
			return err
		}
	} else if !a.isScript(name) {
		return nil
	}
	file := filepath.Join(a.Dir, name)
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0o111 {
		return nil // the build tells what it cannot start
	}
	if err := os.Chmod(file, info.Mode().Perm()|0o111); err != nil {
		return fmt.Errorf("cannot make %s executable: %w", name, err)
	}
	a.Log.Line("%s had no execute permission, which uploads from Windows and zip files lose; it has now", name)
	return nil
}

// layerHome holds variables for programs that write to their user's home.
const layerHome = "home"

// home leads what programs keep for their user to /tmp: the image's user may be one without a name and so without a home,
// and the root is read-only (XDG Base Directory specification).
func (a *app) home() error {
	layer, err := a.Layer(layerHome)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err != nil {
		return err
	}
	layer.Launch = true
	layer.Env = map[string]string{
		"XDG_CACHE_HOME": "/tmp/.cache", "XDG_CONFIG_HOME": "/tmp/.config", "XDG_DATA_HOME": "/tmp/.local/share", "XDG_STATE_HOME": "/tmp/.local/state",
	}
	a.Keep(layer, "home")
	return nil
}

// clean removes what only the build and version control read. All else may be data, a Procfile too: programs that start others read it.
func (a *app) clean() error {
	for _, name := range append([]string{".git"}, language.OfProject...) {
		if err := os.RemoveAll(filepath.Join(a.Dir, name)); err != nil {
			return fmt.Errorf("cannot remove %s: %w", name, err)
		}
	}
	return nil
}

func (a *app) isScript(name string) bool {
	f, err := a.Files.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 2)
	n, err := f.Read(head)
	return err == nil && n == 2 && string(head) == "#!"
}

// components are the modules of those of the app's programs that Go has made.
func (a *app) components() ([]language.Component, error) {
	var made []string
	for _, p := range a.programs {
		file := filepath.Join(a.Dir, p.name)
		if info, err := buildinfo.ReadFile(file); err == nil {
			a.Log.Line("%s: compiled by %s", p.name, info.GoVersion)
			made = append(made, file)
		}
	}
	if len(made) == 0 {
		return nil, nil
	}
	components, _, err := language.GoModules(made)
	return components, err
}
