package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// launcherOwn are the variables that the launcher reads and does not hand on.
var launcherOwn = []string{"CNB_LAYERS_DIR", "CNB_APP_DIR", "CNB_PROCESS_TYPE", "CNB_PLATFORM_API", "CNB_DEPRECATION_MODE"}

// launcherDirs are the directories of PATH that the launcher takes out.
var launcherDirs = []string{"/cnb/process", "/cnb/lifecycle"}

// OwnDirs are the directories of a PATH that the launcher leaves in it.
func OwnDirs(dirs string) []string {
	return slices.DeleteFunc(strings.Split(dirs, ":"), func(d string) bool { return slices.Contains(launcherDirs, d) })
}

// MaxValue is how many bytes Linux takes of one variable (MAX_ARG_STRLEN); maxEnv, of all together, about.
const MaxValue, maxEnv = 128 << 10, 2 << 20

// Environment is what a process of the given type finds around it: the image's variables as the layers of the buildpacks change
// them, in the image's order, those that are new behind them by name.
func (m *Metadata) Environment(i Image, process string) ([]string, error) {
	e := environment{files: i.Files, values: map[string]string{}}
	for _, pair := range i.Env {
		name, value, _ := strings.Cut(pair, "=")
		if slices.Contains(launcherOwn, name) {
			continue
		}
		if err := e.set(name, value); err != nil {
			return nil, err
		}
	}
	if dirs, ok := e.values["PATH"]; ok {
		e.values["PATH"] = strings.Join(OwnDirs(dirs), ":")
	}
	inherited := len(e.order)
	for _, b := range m.Buildpacks {
		if err := e.buildpack(i.layers()+"/"+escape(b.ID), process); err != nil {
			return nil, err
		}
	}
	slices.Sort(e.order[inherited:])
	var all []string
	for _, name := range e.order {
		all = append(all, name+"="+e.values[name])
	}
	return all, nil
}

// escape is the name of the directory that holds a buildpack's layers.
func escape(id string) string { return strings.ReplaceAll(id, "/", "_") }

// environment is a process's environment while layers change it.
type environment struct {
	files  fs.FS
	values map[string]string
	order  []string
	size   int64 // of what was read
}

// set gives a variable a value. One that is too long for any process is an error before layers make it longer and longer.
func (e *environment) set(name, value string) error {
	if len(name)+len(value) > MaxValue {
		return fmt.Errorf("variable %.100s has more than %d bytes, which no process can be given", name, MaxValue)
	}
	if _, ok := e.values[name]; !ok {
		e.order = append(e.order, name)
	}
	e.values[name] = value
	return nil
}

// rootDirs are the directories of a layer that go in front of a variable.
var rootDirs = map[string]string{"bin": "PATH", "lib": "LD_LIBRARY_PATH"}

// buildpack applies the layers of one buildpack by their names: first the directories of all, then the files of each.
func (e *environment) buildpack(dir, process string) error {
	layers, err := layersIn(e.files, dir)
	if err != nil {
		return err
	}
	for _, layer := range layers {
		for _, sub := range slices.Sorted(maps.Keys(rootDirs)) {
			if _, err := fs.Stat(e.files, layer+"/"+sub); errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return err
			}
			name := rootDirs[sub]
			if err := e.set(name, "/"+layer+"/"+sub+joined(e.values[name], ":")); err != nil {
				return err
			}
		}
	}
	for _, layer := range layers {
		dirs := []string{layer + "/env", layer + "/env.launch"}
		if fs.ValidPath(process) && !strings.Contains(process, "/") {
			dirs = append(dirs, layer+"/env.launch/"+process)
		}
		for _, dir := range dirs {
			if err := e.directory(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// layersIn lists the layers of a buildpack: the directories in its own, not links to such.
func layersIn(files fs.FS, dir string) ([]string, error) {
	if !fs.ValidPath(dir) {
		return nil, fmt.Errorf("%q is no directory of layers", dir)
	}
	entries, err := fs.ReadDir(files, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var layers []string
	for _, entry := range entries {
		if entry.IsDir() {
			layers = append(layers, path.Join(dir, entry.Name()))
		}
	}
	return layers, err
}

// directory applies the files of one directory by their names: NAME, or NAME and what is done with the value.
func (e *environment) directory(dir string) error {
	entries, err := fs.ReadDir(e.files, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := fs.Stat(e.files, path.Join(dir, entry.Name()))
		if err != nil {
			return fmt.Errorf("cannot read a variable: %w", err)
		}
		if info.IsDir() {
			continue
		}
		name, action, suffixed := strings.Cut(entry.Name(), ".")
		if !suffixed {
			action = "override"
		}
		if err := e.apply(dir, entry.Name(), name, action); err != nil {
			return err
		}
	}
	return nil
}

func (e *environment) apply(dir, file, name, action string) error {
	switch action {
	case "prepend", "append", "override", "default":
	default:
		return nil // a delimiter, or what the launcher does not know
	}
	if name == "" {
		return nil // no system hands on a variable without a name
	}
	if strings.ContainsAny(name, "=\x00") {
		return fmt.Errorf("/%s/%s names no variable", dir, file)
	}
	value, err := e.read(dir + "/" + file)
	if err != nil {
		return err
	}
	old := e.values[name]
	switch action {
	case "prepend", "append":
		delim, err := e.read(dir + "/" + name + ".delim")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if action == "prepend" {
			value += joined(old, delim)
		} else if old != "" {
			value = old + delim + value
		}
	case "default":
		if old != "" {
			return nil
		}
	}
	return e.set(name, value)
}

// joined is a value with what parts it from one in front of it; nothing where there is none.
func joined(value, delim string) string {
	if value == "" {
		return ""
	}
	return delim + value
}

func (e *environment) read(name string) (string, error) {
	text, err := read(e.files, name, MaxValue)
	if err != nil {
		return "", fmt.Errorf("cannot read /%s: %w", name, err)
	}
	if strings.Contains(text, "\x00") {
		return "", fmt.Errorf("/%s has a NUL, which no variable may have", name)
	}
	if e.size += int64(len(text)); e.size > maxEnv {
		return "", fmt.Errorf("cannot read /%s: the variables of all layers have more than %d MB", name, maxEnv>>20)
	}
	return text, nil
}

// Programs lists the programs that the launcher runs before each start of a process, to ask them for variables: exec.d of the
// layers. What they answer is known only then.
func (m *Metadata) Programs(i Image, process string) ([]string, error) {
	var all []string
	for _, b := range m.Buildpacks {
		layers, err := layersIn(i.Files, i.layers()+"/"+escape(b.ID))
		if err != nil {
			return nil, err
		}
		for _, layer := range layers {
			for _, dir := range []string{layer + "/exec.d", layer + "/exec.d/" + process} {
				found, err := programsIn(i.Files, dir)
				if err != nil {
					return nil, err
				}
				all = append(all, found...)
			}
		}
	}
	return all, nil
}

func programsIn(files fs.FS, dir string) (all []string, err error) {
	if !fs.ValidPath(dir) {
		return nil, nil
	}
	entries, err := fs.ReadDir(files, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			all = append(all, "/"+path.Join(dir, entry.Name()))
		}
	}
	return all, err
}
