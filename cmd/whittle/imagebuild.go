package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"whittle.dev/whittle/image/runimage"
	"whittle.dev/whittle/image/write"
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

	New []contract.Part `json:"unpromised,omitempty"` // what it has beyond what is promised of its ID
}

func (b *imageBuild) run(ctx context.Context, released bool, args []string) error {
	var specs []*found
	for _, arg := range args {
		f, err := b.findSpec(arg, released)
		if err = about(givenSpec, err); err != nil {
			return err
		}
		if err := b.mayPromise(f); err != nil {
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
		if n := len(r.New); n > 0 {
			terminal.Fprintf(b.stdout, "  %s beyond what is promised, first %s (--promise promises them)\n", text.Count(n, "part"), r.New[0])
		}
	}
	return nil
}

// mayPromise refuses to promise what cannot be kept with the spec, or is not for this spec to promise.
func (b *imageBuild) mayPromise(f *found) error {
	switch {
	case !b.promise:
		return nil
	case f.dir == "":
		return fmt.Errorf("cannot promise what %s has: whittle brings it; give the file of a release of your own", f.Path)
	case f.Sibling:
		return fmt.Errorf("cannot promise what %s has: it keeps the ID of the spec that it extends, %s, which promises for both", f.Path, f.ID)
	default:
		return nil
	}
}

// build makes one spec's image for every architecture, and when all are made, writes them and what is told of them.
func (b *imageBuild) build(ctx context.Context, f *found, work *os.Root, several bool, p *progress) ([]builtImage, error) {
	definitions, err := release.Read(f.release)
	if err != nil {
		return nil, err
	}
	var runs []*runimage.Run
	var images []write.Built
	var results []builtImage
	for _, arch := range b.arches {
		p.say("building " + f.ID + " for " + arch)
		r, err := b.buildOne(ctx, f, runimage.Parts{Arch: arch, Release: definitions, ReleaseName: f.name, Work: work, Progress: p.say}, p)
		if err != nil {
			return nil, err
		}
		built, err := b.built(r)
		if err != nil {
			return nil, err
		}
		result, err := describeImage(r)
		if err != nil {
			return nil, err
		}
		result.New = f.unpromised(r)
		runs, images, results = append(runs, r), append(images, built), append(results, result)
	}
	p.say("writing " + f.ID + " to " + b.output)
	names, err := b.write(ctx, f, images, several)
	if err != nil {
		return nil, err
	}
	for i := range results {
		results[i].Names = names
	}
	return results, b.writeRecords(f, runs, several)
}

// built is the image as it is written, with its SBOM if one is to be attached.
func (b *imageBuild) built(r *runimage.Run) (built write.Built, err error) {
	built = write.Built{Arch: r.Floor.Arch, Image: r.Image}
	if b.sbom {
		built.SBOM, err = r.SBOM()
	}
	return built, err
}

// unpromised is what an image has and nobody promises. A sibling of another spec has such things by intention.
func (f *found) unpromised(r *runimage.Run) []contract.Part {
	if r.Promise == nil || f.Sibling {
		return nil
	}
	return r.Promise.Gains(r.Whole)
}

func (b *imageBuild) buildOne(ctx context.Context, f *found, parts runimage.Parts, p *progress) (*runimage.Run, error) {
	var err error
	if parts.Doors, err = f.doors(parts.Arch); err != nil {
		return nil, err
	}
	if parts.Promise, err = promised(f.ID, parts.Arch, f.beside); err != nil {
		return nil, err
	}
	if b.against != "" {
		older, err := floorOf(ctx, parts.Arch, b.against)
		if err != nil {
			return nil, err
		}
		parts.Against = older.Promise()
	}
	parts.Renew = b.promise
	if b.at != "" {
		if parts.At, err = readLock(b.at); err != nil {
			return nil, err
		}
	}
	from := b.origin
	from.release = f.name
	archive, err := from.archive(ctx, parts.Arch, p)
	if err != nil {
		return nil, err
	}
	parts.Sources = []packages.Source{archive}
	r, err := runimage.Build(ctx, f.Spec, parts)
	return r, closeAll(err, archive)
}

// doors reads the release's table of doors for an architecture.
func (f *found) doors(arch string) (contract.Doors, error) {
	if f.Doors == "" {
		return nil, nil
	}
	table, err := f.release.Open(f.Doors)
	if err != nil {
		return nil, fmt.Errorf("cannot read the doors of %s: %w", f.ID, err)
	}
	return readNamed(table, f.Doors, func(r io.Reader) (contract.Doors, error) { return contract.ReadDoors(r, debian.Triplet(arch)) })
}
