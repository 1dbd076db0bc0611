package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/image/runimage"
	"whittle.dev/whittle/image/write"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/lock"
)

// write puts the images where --output says, and returns their names there.
func (b *imageBuild) write(ctx context.Context, f *found, images []write.Built, several bool) ([]string, error) {
	short := strings.TrimSuffix(path.Base(f.Path), ".yaml")
	tags := b.tags
	if len(tags) == 0 {
		tags = []string{"whittle/run:" + f.name + "-" + short}
	}
	output := b.output
	if dir, ok := strings.CutPrefix(output, "oci:"); ok && several {
		output = "oci:" + filepath.Join(dir, short)
	}
	return writeImages(ctx, output, tags, images)
}

// checkOutput refuses what writeImages cannot write to.
func checkOutput(output string) error {
	if output == "" {
		return errors.New("cannot tell where to write: --output is oci:DIR, daemon or registry")
	}
	if !strings.HasPrefix(output, "oci:") && output != "daemon" && output != "registry" {
		return fmt.Errorf("cannot write to %q: --output is oci:DIR, daemon or registry", output)
	}
	return nil
}

// writeImages puts images into an OCI layout, the daemon or a registry, and returns their names there.
func writeImages(ctx context.Context, output string, tags []string, images []write.Built) ([]string, error) {
	if dir, ok := strings.CutPrefix(output, "oci:"); ok {
		return []string{output}, write.Layout(dir, images, tags)
	}
	p, err := places(images[0].Arch)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, tag := range tags {
		name := "daemon:" + tag
		if output == "registry" {
			name, err = write.Push(ctx, p, tag, images)
		} else {
			_, err = write.Load(ctx, p, tag, images[0].Image)
		}
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// writeRecords writes what is told of the images: floors, promises, a lock.
func (b *imageBuild) writeRecords(f *found, runs []*runimage.Run, several bool) error {
	locked := &lock.Lock{Schema: lock.Schema}
	for _, r := range runs {
		if err := b.writeFloor(r.Floor, several || len(runs) > 1); err != nil {
			return err
		}
		if err := b.writePromise(f, r); err != nil {
			return err
		}
		locked = locked.With(r.Lock)
	}
	if b.lock == "" {
		return nil
	}
	return replaceLock(b.lock, locked)
}

// writeFloor writes the floor to --floor, which is a directory where there are several.
func (b *imageBuild) writeFloor(floor *contract.Floor, several bool) error {
	if b.floor == "" {
		return nil
	}
	name := b.floor
	if several {
		name = filepath.Join(name, floor.ID+"."+floor.Arch+".json")
	}
	return writeRecord(name, "floor", floor.Encode)
}

// writePromise promises what an image has, beside its spec. What was promised before with an older version of a package still is.
func (b *imageBuild) writePromise(f *found, r *runimage.Run) error {
	if !b.promise {
		return nil
	}
	return writeRecord(filepath.Join(f.dir, filepath.FromSlash(promiseName(f.ID, r.Floor.Arch))), "promise", r.Promise.Encode)
}

// writeRecord writes a file in a directory that may have to be made.
func writeRecord(name, what string, encode func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("cannot write %s: %w", what, err)
	}
	return writeFile(name, encode)
}

func describeImage(run *runimage.Run) (builtImage, error) {
	r := builtImage{ID: run.Floor.ID, Arch: run.Floor.Arch, Floor: run.Floor.Digest(), Digest: run.Digest.String()}
	config, err := run.Image.ConfigName()
	manifest, merr := run.Image.Manifest()
	if err := errors.Join(err, merr); err != nil {
		return r, fmt.Errorf("cannot describe image %s: %w", r.ID, err)
	}
	r.Config, r.Layers, r.Size = config.String(), len(manifest.Layers), manifest.Config.Size
	for _, l := range manifest.Layers {
		r.Size += l.Size
	}
	return r, nil
}
