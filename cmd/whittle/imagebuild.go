package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
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
		if _, err := terminal.Fprintf(b.stdout, "%s (%s): %d layers, %s compressed, %s\n  %s\n", r.ID, r.Arch, r.Layers,
			text.Bytes(r.Size), r.Digest, strings.Join(r.Names, "\n  ")); err != nil {
			return fmt.Errorf("cannot print the result: %w", err)
		}
	}
	return nil
}

// build makes one spec's image for every architecture, and writes them and their floors.
func (b *imageBuild) build(ctx context.Context, f *found, work *os.Root, several bool, p *progress) ([]builtImage, error) {
	release, err := release.Read(f.release)
	if err != nil {
		return nil, err
	}
	var images []image.Built
	var results []builtImage
	for _, arch := range b.arches {
		p.say("building " + f.ID + " for " + arch)
		parts := image.Parts{Arch: arch, Release: release, ReleaseName: f.name, Work: work, Progress: p.say}
		img, floor, err := b.buildOne(ctx, f, parts, p)
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

func (b *imageBuild) buildOne(ctx context.Context, f *found, parts image.Parts, p *progress) (v1.Image, *contract.Floor, error) {
	if f.Doors != "" {
		table, err := f.release.Open(f.Doors)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot read the doors of %s: %w", f.ID, err)
		}
		defer table.Close()
		if parts.Doors, err = contract.ReadDoors(table, debian.Triplet(parts.Arch)); err != nil {
			return nil, nil, fmt.Errorf("%w (%s)", err, f.Doors)
		}
	}
	from := b.origin
	from.release = f.name
	archive, err := from.archive(ctx, parts.Arch, p)
	if err != nil {
		return nil, nil, err
	}
	parts.Sources = []packages.Source{archive}
	img, floor, err := image.BuildRun(ctx, f.Spec, parts)
	return img, floor, closeAll(err, archive)
}
