package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/slicer/contract"
)

// write puts the images where --output says, and returns their names there.
func (b *imageBuild) write(ctx context.Context, f *found, images []image.Built, several bool) ([]string, error) {
	short := strings.TrimSuffix(path.Base(f.Path), ".yaml")
	tags := b.tags
	if len(tags) == 0 {
		tags = []string{"whittle/run:" + f.name + "-" + short}
	}
	if dir, ok := strings.CutPrefix(b.output, "oci:"); ok {
		if several {
			dir = filepath.Join(dir, short)
		}
		return []string{"oci:" + dir}, image.WriteLayout(dir, images, tags)
	}
	p, err := places(images[0].Arch)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, tag := range tags {
		name := "daemon:" + tag
		if b.output == "registry" {
			name, err = p.Push(ctx, tag, images)
		} else {
			_, err = p.Load(ctx, tag, images[0].Image)
		}
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
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
	var text bytes.Buffer
	if err := floor.Encode(&text); err != nil {
		return fmt.Errorf("cannot write floor: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("cannot write floor: %w", err)
	}
	if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("cannot write floor: %w", err)
	}
	return nil
}

func describeImage(img v1.Image, floor *contract.Floor) (builtImage, error) {
	r := builtImage{ID: floor.ID, Arch: floor.Arch, Floor: floor.Digest()}
	digest, err := img.Digest()
	config, cerr := img.ConfigName()
	manifest, merr := img.Manifest()
	if err := errors.Join(err, cerr, merr); err != nil {
		return r, fmt.Errorf("cannot describe image %s: %w", floor.ID, err)
	}
	r.Digest, r.Config, r.Layers = digest.String(), config.String(), len(manifest.Layers)
	r.Size = manifest.Config.Size
	for _, l := range manifest.Layers {
		r.Size += l.Size
	}
	return r, nil
}
