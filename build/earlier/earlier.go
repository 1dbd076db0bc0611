// Package earlier reads what the buildpacks that came before in a group left for the image: their launch layers, the
// processes that they name, and the variables by which programs and libraries are found in their layers (Buildpack API 0.7 to
// 0.12). Nothing is written.
//
// A buildpack is promised no sight of another's layers. They lie beside its own, and have done so in every lifecycle.
package earlier

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/document"
)

// Buildpack is one that came before.
type Buildpack struct {
	ID        string // "heroku/nodejs"; the name of its folder where the group is not known
	Version   string
	Layers    []Layer // that will be in the image, by name
	Processes []Process
}

// Layer is a launch layer.
type Layer struct {
	Path string // absolute, in the build as in the image
	// Key identifies its content as far as its buildpack says so: a digest of its metadata.
	Key string
	// Unseen says that the image before has it and its files are not here.
	Unseen bool
	// Programs and Libraries are the folders that it puts on PATH and on LD_LIBRARY_PATH.
	Programs, Libraries []string
}

// Process is a process of launch.toml.
type Process struct {
	Type    string
	Command []string // the program and its arguments
	Dir     string   // working directory, where it is not the app's
	// Shell says that the launcher has bash run Command.
	Shell bool
}

// maxFile bounds the files of TOML that are read, in bytes.
const maxFile = 4 << 20

// Read reads the folder that has the layers of all buildpacks of a group, in the order of the group. own is the ID of the
// buildpack that asks: it and those that follow it are left out.
func Read(dir, own string) ([]Buildpack, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the layers of other buildpacks: %w", err)
	}
	defer root.Close()
	r := reader{files: root.FS(), dir: dir}
	members, err := r.group(own)
	if err != nil {
		return nil, err
	}
	var all []Buildpack
	for _, m := range members {
		b, err := r.buildpack(m)
		if err != nil {
			return nil, fmt.Errorf("cannot read what buildpack %s left: %w", m.ID, err)
		}
		if len(b.Layers)+len(b.Processes) > 0 {
			all = append(all, b)
		}
	}
	return all, nil
}

type reader struct {
	files fs.FS
	dir   string
}

type member struct {
	ID      string `toml:"id"`
	Version string `toml:"version"`
	API     string `toml:"api"`
}

func (m member) folder() string { return strings.ReplaceAll(m.ID, "/", "_") }

// group lists the members of the group before own: by the lifecycle's group.toml, or where there is none every folder.
func (r reader) group(own string) ([]member, error) {
	var file struct {
		Group []member `toml:"group"`
	}
	switch err := r.decode("group.toml", &file); {
	case errors.Is(err, fs.ErrNotExist):
		return r.folders(own)
	case err != nil:
		return nil, err
	}
	if i := slices.IndexFunc(file.Group, func(m member) bool { return m.ID == own }); i >= 0 {
		return file.Group[:i], nil
	}
	return nil, nil
}

func (r reader) folders(own string) ([]member, error) {
	entries, err := fs.ReadDir(r.files, ".")
	if err != nil {
		return nil, fmt.Errorf("cannot list the layers of other buildpacks: %w", err)
	}
	var all []member
	for _, e := range entries {
		if e.IsDir() && e.Name() != (member{ID: own}).folder() {
			all = append(all, member{ID: e.Name()})
		}
	}
	return all, nil
}

// buildpack reads what one of the group left: its processes, and its layers in the image.
func (r reader) buildpack(m member) (Buildpack, error) {
	b := Buildpack{ID: m.ID, Version: m.Version}
	if !fs.ValidPath(m.folder()) {
		return b, nil
	}
	found, err := fs.Glob(r.files, m.folder()+"/*.toml")
	if err != nil {
		return b, err
	}
	for _, file := range found {
		switch name := strings.TrimSuffix(path.Base(file), ".toml"); name {
		case "launch":
			b.Processes, err = r.processes(file)
		case "build", "store":
		default:
			var layer *Layer
			if layer, err = r.layer(file); layer != nil {
				b.Layers = append(b.Layers, *layer)
			}
		}
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// layer reads the file beside a layer; nil where the layer is not for the image.
func (r reader) layer(file string) (*Layer, error) {
	var content struct {
		Types    struct{ Launch bool }
		Metadata map[string]any
	}
	if err := r.decode(file, &content); err != nil || !content.Types.Launch {
		return nil, err
	}
	text, err := json.Marshal(content.Metadata)
	if err != nil {
		return nil, fmt.Errorf("cannot use the metadata in %s: %w", file, err)
	}
	sum := sha256.Sum256(text)
	name := strings.TrimSuffix(file, ".toml")
	l := &Layer{Path: filepath.Join(r.dir, name), Key: hex.EncodeToString(sum[:])}
	info, err := fs.Stat(r.files, name)
	if l.Unseen = err != nil || !info.IsDir(); l.Unseen {
		return l, nil
	}
	l.Programs = append(r.variable(name, "PATH"), r.standard(name, "bin")...)
	l.Libraries = append(r.variable(name, "LD_LIBRARY_PATH"), r.standard(name, "lib")...)
	return l, nil
}

// standard is a folder of a layer that the launcher puts on a variable by its name.
func (r reader) standard(layer, name string) []string {
	if info, err := fs.Stat(r.files, path.Join(layer, name)); err != nil || !info.IsDir() {
		return nil
	}
	return []string{filepath.Join(r.dir, layer, name)}
}

// variable is what a layer's files say of a list variable, however they combine it with what it was: env, env.launch.
func (r reader) variable(layer, name string) []string {
	var all []string
	for _, dir := range []string{"env", "env.launch"} {
		for _, ending := range []string{"", ".override", ".prepend", ".append", ".default"} {
			text, err := r.read(path.Join(layer, dir, name+ending))
			if err != nil {
				continue // it says nothing
			}
			for value := range strings.SplitSeq(string(text), ":") {
				if path.IsAbs(value) && !slices.Contains(all, path.Clean(value)) {
					all = append(all, path.Clean(value))
				}
			}
		}
	}
	return all
}

// processes reads launch.toml, in the forms of all versions of the specification.
func (r reader) processes(file string) ([]Process, error) {
	var content struct {
		Processes []struct {
			Type    string   `toml:"type"`
			Command any      `toml:"command"` // a list, before Buildpack API 0.9 a text
			Args    []string `toml:"args"`
			Direct  bool     `toml:"direct"`
			Dir     string   `toml:"working-dir"`
		} `toml:"processes"`
	}
	if err := r.decode(file, &content); err != nil {
		return nil, err
	}
	var all []Process
	for _, c := range content.Processes {
		p := Process{Type: c.Type, Dir: c.Dir}
		switch words := c.Command.(type) {
		case string:
			p.Command, p.Shell = []string{words}, !c.Direct
		case []any:
			for _, w := range words {
				if text, ok := w.(string); ok {
					p.Command = append(p.Command, text)
				}
			}
		}
		p.Command = append(p.Command, c.Args...)
		if len(p.Command) > 0 {
			all = append(all, p)
		}
	}
	return all, nil
}

func (r reader) decode(name string, v any) error {
	text, err := r.read(name)
	if err != nil {
		return err
	}
	if _, err := document.TOML(string(text), v); err != nil {
		return fmt.Errorf("cannot read %s: %w", path.Base(name), err)
	}
	return nil
}

// read reads a regular file of a bounded size.
func (r reader) read(name string) ([]byte, error) {
	info, err := fs.Stat(r.files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("cannot read %s: it is no regular file of at most %d bytes", path.Base(name), maxFile)
	}
	return fs.ReadFile(r.files, name)
}
