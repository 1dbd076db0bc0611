// Package launch tells what the lifecycle's launcher would do when a container starts, without starting it: which process, in
// which directory, with which environment. It follows the launch section of the buildpack specification as lifecycle 0.21
// has it, for processes without a shell.
//
// The lifecycle's own package reads the root of the machine that it runs on. This one reads the files of an image.
package launch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/internal/document"
)

// Image is what the launcher has of an image.
type Image struct {
	Files fs.FS    // follows links inside the image
	Env   []string // of the image's config, "NAME=value"
}

// Metadata is what a build left for the launcher in /layers/config/metadata.toml.
type Metadata struct {
	Processes  []Process   `toml:"processes"`
	Buildpacks []Buildpack `toml:"buildpacks"` // in the order in which they ran
}

// Buildpack is a buildpack of the image.
type Buildpack struct {
	ID  string `toml:"id"`
	API string `toml:"api"`
}

// Process is a process that a buildpack declared.
type Process struct {
	Type      string   `toml:"type"`
	Command   Command  `toml:"command"`
	Args      []string `toml:"args"` // those of a container go in their place, or behind them: see Words
	Direct    bool     `toml:"direct"`
	Buildpack string   `toml:"buildpack-id"`
	Dir       string   `toml:"working-dir"`
	ExecEnv   []string `toml:"exec-env"`
}

// Command is a program and the arguments that it always has: a word before Platform API 0.10, a list since.
type Command []string

// UnmarshalTOML reads both forms.
func (c *Command) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		*c = Command{v}
		return nil
	case []any:
		for _, word := range v {
			s, ok := word.(string)
			if !ok {
				return fmt.Errorf("a word of a command is no string: %v", word)
			}
			*c = append(*c, s)
		}
		return nil
	}
	return fmt.Errorf("a command is neither a string nor a list: %v", v)
}

// maxMetadata bounds metadata.toml, in bytes; that of an app with ten processes has 3 kB.
const maxMetadata = 256 << 10

// ErrNoLauncher is wrapped by the error about an image in which no launcher would find anything to start.
var ErrNoLauncher = errors.New("it has nothing for the launcher of buildpacks")

// Metadata reads what the build left for the launcher.
func (i Image) Metadata() (*Metadata, error) {
	name := i.layers() + "/config/metadata.toml"
	text, err := read(i.Files, name, maxMetadata)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no /%s: %w", name, ErrNoLauncher)
	}
	var m Metadata
	if err == nil {
		_, err = document.TOML(text, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read /%s: %w", name, err)
	}
	return &m, nil
}

// Find returns the process of a type that the launcher of the image would take.
func (m *Metadata) Find(i Image, kind string) (Process, error) {
	var types []string
	for _, p := range m.Processes {
		if !slices.Contains(types, p.Type) {
			types = append(types, p.Type)
		}
		if p.Type == kind && p.eligible(i) {
			if len(p.Command) == 0 || p.Command[0] == "" {
				return p, fmt.Errorf("process %s has no command", kind)
			}
			return p, nil
		}
	}
	if len(types) == 0 {
		return Process{}, errors.New("it has no process")
	}
	return Process{}, fmt.Errorf("it has no process %q; it has %s", kind, strings.Join(types, ", "))
}

// eligible tells whether a process is one of the execution environment that the image names, production where it names none.
func (p Process) eligible(i Image) bool {
	if len(p.ExecEnv) == 0 || i.apiBefore(15) {
		return true
	}
	env := i.get("CNB_EXEC_ENV")
	if env == "" {
		env = "production"
	}
	return slices.Contains(p.ExecEnv, env) || slices.Contains(p.ExecEnv, "*")
}

// Words are the words of a process that the arguments of a container leave alone, and those that they replace.
func (m *Metadata) Words(i Image, p Process) (always, replaced []string) {
	always = slices.Clone(p.Command)
	appends := i.apiBefore(10) || len(p.Command) == 1 && m.apiBefore(p.Buildpack, 9)
	if appends {
		return append(always, p.Args...), nil
	}
	return always, p.Args
}

// WorkingDir is where a process starts, an absolute path.
func (i Image) WorkingDir(p Process) string {
	if path.IsAbs(p.Dir) {
		return path.Clean(p.Dir)
	}
	return path.Join("/"+i.app(), p.Dir)
}

// apiBefore tells whether the image was made at a Platform API 0.x before 0.minor.
func (i Image) apiBefore(minor int) bool { return before(i.get("CNB_PLATFORM_API"), minor) }

// apiBefore tells whether a buildpack is of a Buildpack API 0.x before 0.minor.
func (m *Metadata) apiBefore(id string, minor int) bool {
	for _, b := range m.Buildpacks {
		if b.ID == id {
			return before(b.API, minor)
		}
	}
	return false
}

func before(version string, minor int) bool {
	major, rest, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(rest)
	return major == "0" && err == nil && n < minor
}

func (i Image) get(name string) string {
	value, _ := Variable(i.Env, name)
	return value
}

// Variable is the value of a variable in the environment of an image's config ("NAME=value"), and whether it is there; of several
// the last, which a container runtime takes.
func Variable(env []string, name string) (value string, ok bool) {
	for _, e := range slices.Backward(env) {
		if value, ok = strings.CutPrefix(e, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

func (i Image) layers() string { return i.dir("CNB_LAYERS_DIR", "layers") }
func (i Image) app() string    { return i.dir("CNB_APP_DIR", "workspace") }

// dir is a directory that a variable names, clean and relative to the root.
func (i Image) dir(name, standard string) string {
	if dir := strings.Trim(path.Clean("/"+i.get(name)), "/"); dir != "" {
		return dir
	}
	return standard
}

// read reads a file of at most max bytes.
func read(files fs.FS, name string, max int64) (string, error) {
	f, err := files.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(text)) > max {
		err = fmt.Errorf("it has more than %d bytes", max)
	}
	return string(text), err
}
