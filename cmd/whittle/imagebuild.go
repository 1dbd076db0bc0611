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
	"whittle.dev/whittle/slicer"
)

// builtImage is the result for programs.
type builtImage struct {
	ID     string   `json:"id"`
	Arch   string   `json:"arch"`
	Digest string   `json:"digest"`
	Config string   `json:"config"` // the daemon's image ID
	Floor  string   `json:"floor"`
	Layers int      `json:"layers"`
	Size   int64    `json:"size"` // compressed, as a registry counts
	Names  []string `json:"names"`
}

func (b *imageBuild) run(ctx context.Context, released bool, args []string) error {
	var specs []*found
	for _, arg := range args {
		f, err := b.findSpec(arg, released)
		if err != nil {
			return err
		}
		specs = append(specs, f)
	}
	p := b.progress()
	results := []builtImage{}
	for _, f := range specs {
		err := withWork(func(work *os.Root) error {
			done, err := b.build(ctx, f, work, len(specs) > 1, p)
			results = append(results, done...)
			return err
		})
		if err != nil {
			return err
		}
	}
	p.done()
	if b.json {
		return b.printJSON(results)
	}
	for _, r := range results {
		if _, err := fmt.Fprintf(b.stdout, "%s (%s): %d layers, %s compressed, %s\n  %s\n", r.ID, r.Arch, r.Layers,
			slicer.Bytes(r.Size), r.Digest, strings.Join(r.Names, "\n  ")); err != nil {
			return fmt.Errorf("cannot print the result: %w", err)
		}
	}
	return nil
}

// build makes one spec's image for every architecture, and writes them and their floors.
func (b *imageBuild) build(ctx context.Context, f *found, work *os.Root, several bool, p *progress) ([]builtImage, error) {
	release, err := slicer.ReadRelease(f.release)
	if err != nil {
		return nil, err
	}
	var images []image.Built
	var results []builtImage
	for _, arch := range b.arches {
		p.say("building " + f.ID + " for " + arch)
		parts := image.Parts{Arch: arch, Release: release, Work: work, Progress: p.say}
		img, floor, err := b.buildOne(ctx, f, parts)
		if err != nil {
			return nil, err
		}
		if err := b.writeFloor(floor, several || len(b.arches) > 1); err != nil {
			return nil, err
		}
		r, err := describeImage(img, floor)
		if err != nil {
			return nil, err
		}
		images = append(images, image.Built{Arch: arch, Image: img})
		results = append(results, r)
	}
	p.say("writing " + f.ID + " to " + b.output)
	names, err := b.write(ctx, f, images, several)
	for i := range results {
		results[i].Names = names
	}
	return results, err
}

func (b *imageBuild) buildOne(ctx context.Context, f *found, parts image.Parts) (v1.Image, *slicer.Floor, error) {
	if f.Doors != "" {
		table, err := f.release.Open(f.Doors)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot read the doors of %s: %w", f.ID, err)
		}
		defer table.Close()
		if parts.Doors, err = slicer.ReadDoors(table, slicer.Triplet(parts.Arch)); err != nil {
			return nil, nil, fmt.Errorf("%w (%s)", err, f.Doors)
		}
	}
	from := b.origin
	from.release = f.name
	archive, err := from.archive(ctx, parts.Arch, parts.Progress)
	if err != nil {
		return nil, nil, err
	}
	parts.Sources = []slicer.Source{archive}
	img, floor, err := image.BuildRun(ctx, f.Spec, parts)
	return img, floor, closeAll(err, archive)
}

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
func (b *imageBuild) writeFloor(floor *slicer.Floor, several bool) error {
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

func describeImage(img v1.Image, floor *slicer.Floor) (builtImage, error) {
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
