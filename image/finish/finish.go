// Package finish makes an image without the launcher of an app's image.
package finish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/image/launch"
	"whittle.dev/whittle/image/lifecycle"
)

// Label is the label of a finished image, with the type of its process.
const Label = "dev.whittle.finished"

// ErrNeedsLauncher is wrapped by the error about a process that only the launcher can start.
var ErrNeedsLauncher = errors.New("it needs the launcher")

// Finished is an app's image without the launcher.
type Finished struct {
	Image      v1.Image
	Process    string
	Entrypoint []string
	Cmd        []string
	Added      []string // variables that the launcher would set, "NAME=value"
	Before     int64    // bytes of the layers, as they are transferred
	After      int64
}

// Image makes an image whose entrypoint is a process of an app's image itself, in the environment that the launcher would give
// it, and drops the layers of the launcher. What else is in the image stays as it is, label by label, so that a rebase and a
// later build find their layers. process may be empty for the image's own. New layers are files of work.
//
// The launcher reads the container's variables before it applies those of layers; without it a container's variable replaces
// the image's, also where a layer would add to it or override it.
func Image(ctx context.Context, o *image.Opened, process string, work *os.Root) (*Finished, error) {
	f, err := finish(ctx, o, process, work)
	if err != nil {
		return nil, fmt.Errorf("cannot finish %s: %w", o.Ref, err)
	}
	return f, nil
}

func finish(ctx context.Context, o *image.Opened, process string, work *os.Root) (*Finished, error) {
	if o.Config == nil {
		return nil, errors.New("it is no image, but files without a config")
	}
	if done := o.Config.Config.Labels[Label]; done != "" {
		return nil, fmt.Errorf("it is finished already, with the process %s", done)
	}
	label, end, err := lifecycle.Read(o.Config)
	if err != nil {
		return nil, err
	}
	if got, want := lifecycle.CountLayers(o.Config.History), len(o.Config.RootFS.DiffIDs); got != want {
		return nil, fmt.Errorf("it has %d layers and a history of %d, and could not be rebased", want, got)
	}
	config := o.Config.DeepCopy()
	f := &Finished{}
	if err := f.launch(o, process, config); err != nil {
		return nil, err
	}
	layers, err := finishedLayers(ctx, o, label, end, work)
	if err != nil {
		return nil, err
	}
	if err := f.label(config, label, layers.sbom); err != nil {
		return nil, err
	}
	f.Image, err = f.assemble(o, config, layers)
	return f, err
}

// launch changes a config into that of the process as the launcher would start it.
func (f *Finished) launch(o *image.Opened, process string, config *v1.ConfigFile) error {
	im := launch.Image{Files: o.FS, Env: config.Config.Env}
	m, err := im.Metadata()
	if err != nil {
		return err
	}
	if process == "" {
		if process, err = standardProcess(config); err != nil {
			return err
		}
	}
	p, err := m.Find(im, process)
	if err != nil {
		return err
	}
	if !p.Direct {
		return fmt.Errorf("its process %s is a line for a shell, which the launcher prepares: %w", p.Type, ErrNeedsLauncher)
	}
	programs, err := m.Programs(im, p.Type)
	if err != nil {
		return err
	}
	if len(programs) > 0 {
		return fmt.Errorf("before its process %s the launcher runs %s, which sets variables at each start: %w", p.Type, strings.Join(programs, ", "), ErrNeedsLauncher)
	}
	env, err := m.Environment(im, p.Type)
	if err != nil {
		return err
	}
	always, replaced := m.Words(im, p)
	if len(config.Config.Cmd) > 0 {
		replaced = config.Config.Cmd // arguments that somebody has given the image
	}
	dir := im.WorkingDir(p)
	if err := inspect.Starts(o, slices.Concat(always, replaced), env, dir); err != nil {
		return fmt.Errorf("process %s cannot start: %w", p.Type, err)
	}
	for _, e := range env {
		if !slices.Contains(config.Config.Env, e) {
			f.Added = append(f.Added, e)
		}
	}
	f.Process, f.Entrypoint, f.Cmd = p.Type, always, replaced
	// A rebase compares what the Platform API of this variable says.
	if api, ok := launch.Variable(config.Config.Env, lifecycle.PlatformAPI); ok {
		env = append(env, lifecycle.PlatformAPI+"="+api)
	}
	config.Config.Entrypoint, config.Config.Cmd, config.Config.Env, config.Config.WorkingDir = always, replaced, env, dir
	return nil
}

// standardProcess is the process that an image starts by itself: the launcher is called by its name.
func standardProcess(config *v1.ConfigFile) (string, error) {
	if entry := config.Config.Entrypoint; len(entry) == 1 && path.Dir(entry[0]) == "/cnb/process" {
		return path.Base(entry[0]), nil
	}
	return "", fmt.Errorf("its entrypoint is %q, which is no process: name one (--process)", config.Config.Entrypoint)
}

// assemble makes the image: its own media types, layers with their history, and the changed config.
func (f *Finished) assemble(o *image.Opened, config *v1.ConfigFile, kept finishedSet) (v1.Image, error) {
	m, err := o.Image.Manifest()
	if err != nil {
		return nil, fmt.Errorf("its manifest cannot be read: %w", err)
	}
	for _, l := range m.Layers {
		f.Before += l.Size
	}
	config.RootFS.DiffIDs, config.History = nil, nil
	img, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, m.MediaType), m.Config.MediaType), config)
	if err != nil {
		return nil, fmt.Errorf("its config cannot be written: %w", err)
	}
	if img, err = mutate.Append(img, kept.layers...); err != nil {
		return nil, fmt.Errorf("its layers cannot be put together: %w", err)
	}
	if len(m.Annotations) > 0 {
		annotated, ok := mutate.Annotations(img, m.Annotations).(v1.Image)
		if !ok {
			return nil, errors.New("its annotations cannot be written")
		}
		img = annotated
	}
	after, err := img.Manifest()
	if err != nil {
		return nil, fmt.Errorf("its manifest cannot be written: %w", err)
	}
	for _, l := range after.Layers {
		f.After += l.Size
	}
	return img, nil
}
