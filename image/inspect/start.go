package inspect

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/start"
	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/launch"
	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/internal/debian"
)

// Start is a process of an image that cannot start.
type Start struct {
	Process string `json:"process"` // its type, or "entrypoint"
	Command string `json:"command"`
	Reason  string `json:"reason"`
}

// String says in a line which process cannot start, and why.
func (s Start) String() string {
	return fmt.Sprintf("process %s cannot start: %s", s.Process, s.Reason)
}

// process is a process as the lifecycle records it. Command is one word before Platform API 0.10, a list since.
type process struct {
	Type    string          `json:"type"`
	Command json.RawMessage `json:"command"`
	Args    []string        `json:"args"`
	Direct  *bool           `json:"direct"` // false: a shell runs it
	Dir     string          `json:"working-dir"`
}

func (p process) argv() []string {
	var words []string
	if json.Unmarshal(p.Command, &words) != nil {
		var word string
		if json.Unmarshal(p.Command, &word) == nil && word != "" {
			words = []string{word}
		}
	}
	return append(words, p.Args...)
}

// CannotStart returns the processes of the image whose programs are not in it, or would not run: those that a buildpack
// declared, else the image's entrypoint and arguments. Nothing is known of a directory.
func CannotStart(o *image.Opened) ([]Start, error) {
	if o.Config == nil {
		return nil, nil
	}
	config := o.Config.Config
	processes, err := processes(o)
	if err != nil {
		return nil, err
	}
	dirs, err := launchPath(o)
	if err != nil {
		return nil, err
	}
	im := start.Image{Files: startFiles{o.FS}, Path: dirs, Dir: "/" + strings.Trim(config.WorkingDir, "/"), Arch: debian.FromGoArch(o.Config.Architecture)}
	if processes == nil {
		if argv := slices.Concat(config.Entrypoint, config.Cmd); len(argv) > 0 {
			processes = []process{{Type: "entrypoint", Args: argv}}
		}
	}
	var all []Start
	for _, p := range processes {
		argv := p.argv()
		if len(argv) == 0 || (p.Direct != nil && !*p.Direct) {
			continue
		}
		with := im
		if p.Dir != "" {
			with.Dir = p.Dir
		}
		if err := check(with, argv); err != nil {
			all = append(all, Start{Process: p.Type, Command: strings.Join(argv, " "), Reason: err.Error()})
		}
	}
	return all, nil
}

// Starts tells why a command would not start in an image, in an environment and a directory; nil where it does.
func Starts(o *image.Opened, argv, env []string, dir string) error {
	im := start.Image{Files: startFiles{o.FS}, Dir: dir, Arch: debian.FromGoArch(o.Config.Architecture)}
	im.Path, _ = launch.Variable(env, "PATH")
	return check(im, argv)
}

// check looks for the programs of a command; of a line that the program start runs, for those of the line.
func check(im start.Image, argv []string) error {
	if err := im.Check(command.Literal(argv)); err != nil {
		return err
	}
	if path.Base(argv[0]) != "start" || !strings.HasPrefix(argv[0], "/layers/") || len(argv) < 2 {
		return nil
	}
	line, err := command.Parse(argv[1])
	if err == nil {
		line, err = line.Unwrap()
	}
	if err != nil {
		return err
	}
	return im.Check(line)
}

// maxProcesses bounds the processes of an image, each of which is looked for in all of PATH.
const maxProcesses = 1000

// processes are those that the lifecycle recorded; nil for an image that no buildpack made.
func processes(o *image.Opened) ([]process, error) {
	text := o.Config.Config.Labels[lifecycle.BuildLabel]
	if text == "" {
		return nil, nil
	}
	var label struct {
		Processes []process `json:"processes"`
	}
	if err := json.Unmarshal([]byte(text), &label); err != nil {
		return nil, fmt.Errorf("cannot read label %s of %s: %w", lifecycle.BuildLabel, o.Ref, err)
	}
	if len(label.Processes) > maxProcesses {
		return nil, fmt.Errorf("label %s of %s has %d processes, more than %d", lifecycle.BuildLabel, o.Ref, len(label.Processes), maxProcesses)
	}
	return label.Processes, nil
}

// launchPath is PATH as the launcher sets it: bin/ of every layer, the last by name first, and the image's own without
// the launcher's; without a launcher, the image's own.
func launchPath(o *image.Opened) (string, error) {
	own, _ := launch.Variable(o.Config.Config.Env, "PATH")
	if o.Config.Config.Labels[lifecycle.BuildLabel] == "" {
		return own, nil
	}
	dirs, err := layerDirs(o.FS, "bin")
	if err != nil {
		return "", fmt.Errorf("cannot tell PATH of %s: %w", o.Ref, err)
	}
	return strings.Join(append(dirs, launch.OwnDirs(own)...), ":"), nil
}

// layerDirs lists the directories of a name in the layers of buildpacks as the launcher puts them into a variable: later ones
// first. Those that no variable has room for are an error, beside the ones that it has room for.
func layerDirs(f *layerfs.FS, name string) ([]string, error) {
	found, err := fs.Glob(f, "layers/*/*/"+name)
	if err != nil {
		return nil, err
	}
	var dirs []string
	size := 0
	for _, dir := range slices.Backward(found) {
		if size += len(dir) + 2; size > launch.MaxValue {
			return dirs, fmt.Errorf("the directories %s of its %d layers have more bytes than the %d that a variable can", name, len(found), launch.MaxValue)
		}
		dirs = append(dirs, "/"+dir)
	}
	return dirs, nil
}

// startFiles are the files of an image as the check of commands looks at them.
type startFiles struct{ fs *layerfs.FS }

func (f startFiles) Lstat(name string) (start.Entry, bool) {
	rel := strings.Trim(name, "/")
	if rel == "" {
		rel = "."
	}
	info, err := f.fs.Lstat(rel)
	if err != nil {
		return start.Entry{}, false
	}
	e := start.Entry{Mode: info.Mode()}
	if e.Mode&fs.ModeSymlink != 0 {
		if e.Link, err = f.fs.ReadLink(rel); err != nil {
			return start.Entry{}, false
		}
	}
	return e, true
}

func (f startFiles) Open(name string) (io.ReadCloser, error) {
	file, err := f.fs.Open(strings.Trim(name, "/"))
	if err != nil {
		return nil, errors.Join(errors.ErrUnsupported, err)
	}
	return file, nil
}
