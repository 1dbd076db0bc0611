// Package runimage makes run images.
//
// [Build] makes the run image of a [Spec]: a layer for each group of slices, then one layer with the doors and the
// records. The result meets the run image part of the buildpack platform specification (labels, numeric user, PATH)
// and what rebasing needs beyond it: one history entry for each layer, and no two layers with the same diffID, because
// lifecycle and go-containerregistry find the end of the base by counting the one and comparing the other.
package runimage

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image/write"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/sbom"
	"whittle.dev/whittle/slicer/tree"
)

// Parts is what a run image is made from, beside its spec.
type Parts struct {
	Arch        string            // Debian's name, which is Go's too for those whittle knows: amd64, arm64
	Release     *release.Release  // slice definitions
	ReleaseName string            // what the manifest calls them, such as debian-13
	Doors       contract.Doors    // the release's table, read for Arch; the spec may have more
	Sources     []packages.Source // for Arch
	Promise     *contract.Promise // what is promised of the image's ID; nil for nothing
	Against     *contract.Promise // what an older image has that this one must have, too; nil for none
	Renew       bool              // promise all that the image has
	At          *lock.Lock        // the packages and files that it must be made of; nil for the newest
	Work        *os.Root          // holds the layers' files; must live as long as the image is used
	Progress    func(string)      // nil for none
}

// Run is a run image and what is known of it.
type Run struct {
	Image   v1.Image
	Digest  v1.Hash           // of the image
	Floor   *contract.Floor   // for builds to rely on
	Whole   *contract.Floor   // all that the image has, promised or not
	Promise *contract.Promise // what is promised of its ID from now on; nil for nothing
	Lock    *lock.Lock        // what makes the image again
	list    sbom.SBOM
}

// recordsLayer is the last layer of a run image: doors and the manifest.
const recordsLayer = "records"

// Build makes the run image of a spec for one architecture, and its floor: of what is in the image, as much as is promised of its
// ID, or everything where nothing is promised yet. Equal parts give an image of equal digest. The image's layers are files
// of p.Work. The error wraps a *contract.LossError where the image would lack what is promised.
func Build(ctx context.Context, spec *Spec, p Parts) (*Run, error) {
	r, err := build(ctx, spec, p)
	if err != nil {
		return nil, fmt.Errorf("cannot build run image %s for %s: %w", spec.ID, p.Arch, err)
	}
	return r, nil
}

func build(ctx context.Context, spec *Spec, p Parts) (*Run, error) {
	var err error
	if p.Doors, err = spec.doorsFor(p.Doors, debian.Triplet(p.Arch)); err != nil {
		return nil, err
	}
	want := p.want(spec)
	selection, err := slicer.Select(ctx, want)
	if err != nil {
		return nil, err
	}
	if p.At != nil {
		if err := p.At.Check(selection); err != nil {
			return nil, err
		}
		p.At.Date(&selection.Manifest)
	}
	if err := checkDoors(p.Doors, selection.Files); err != nil {
		return nil, err
	}
	if spec.Fills {
		p.Doors = p.Doors.Fill(seenFiles(selection.Files))
	}
	r := &Run{Lock: lock.New(want, selection)}
	if err := r.promise(spec, p, selection); err != nil {
		return nil, err
	}
	g := &guard{doors: p.Doors, release: new(bytes.Buffer)}
	layers, err := p.layers(ctx, spec, selection, g)
	if err != nil {
		return nil, err
	}
	distro, err := readDistro(g.release.Bytes())
	if err != nil {
		return nil, err
	}
	records, err := p.records(&selection.Manifest)
	if err != nil {
		return nil, err
	}
	r.list = sbom.SBOM{Name: spec.ID, Distro: sbom.Distro{ID: distro.id, Version: distro.version}, Packages: selection.Packages}
	if r.Image, err = assemble(spec, p.Arch, distro, r.Floor, append(layers, records)); err != nil {
		return nil, err
	}
	r.Digest, err = r.Image.Digest()
	return r, err
}

// seenFiles are the paths of what an image is made for. Records and documents may stand where nobody sees them.
func seenFiles(files []manifest.File) []string {
	var names []string
	for _, f := range files {
		if !debian.IsRecord(f.Path) {
			names = append(names, f.Path)
		}
	}
	return names
}

// SBOM is a CycloneDX document of the image's packages.
func (r *Run) SBOM() ([]byte, error) { return r.list.CycloneDX() }

// promise finds out what the image has, holds it against what is promised, and makes its floor.
func (r *Run) promise(spec *Spec, p Parts, selection *slicer.Selection) (err error) {
	if r.Whole, err = slicer.MakeFloor(spec.ID, selection, p.Doors); err != nil {
		return err
	}
	r.Whole.Path = strings.Split(spec.Env["PATH"], ":")
	for _, promise := range []*contract.Promise{p.Promise, p.Against} {
		if promise == nil {
			continue
		}
		if err := promise.Keep(r.Whole); err != nil {
			return err
		}
	}
	if r.Promise = p.Promise; p.Renew {
		r.Promise = r.Promise.With(r.Whole)
	}
	if r.Floor = r.Whole; r.Promise != nil {
		r.Floor = r.Whole.Within(r.Promise)
	}
	return nil
}

func (p Parts) want(spec *Spec) slicer.Want {
	w := slicer.Want{Arch: p.Arch, Release: p.Release, ReleaseName: p.ReleaseName, Sources: p.Sources, Progress: p.Progress}
	if p.At != nil {
		w.Sources = []packages.Source{p.At.Pin(p.Arch, p.Sources...)}
	}
	w.ClosureLayer = spec.Closure
	for _, g := range spec.Layers {
		for _, name := range g.Slices {
			w.Names = append(w.Names, slicer.Named{Name: name, By: spec.Path, Kind: manifest.Asked, Layer: g.Name})
		}
	}
	return w
}

func (p Parts) layers(ctx context.Context, spec *Spec, s *slicer.Selection, g *guard) ([]write.Named, error) {
	var layers []write.Named
	for _, group := range groups(spec, s) {
		g.entries = 0
		l, err := write.NewLayer(p.Work, p.Arch+"-"+group.Name, func(t tree.Tree) error {
			g.Tree = t
			return slicer.Cut(ctx, s, group.Name, g)
		})
		if err != nil {
			return nil, err
		}
		if g.entries == 0 {
			return nil, fmt.Errorf("layer %q of %s holds no files", group.Name, spec.Path)
		}
		layers = append(layers, write.Named{Layer: l, Name: group.Name})
	}
	return layers, nil
}

// groups are the spec's layers, and those in which the selection put what nobody named: interpreters and modules.
func groups(spec *Spec, s *slicer.Selection) []Group {
	all := slices.Clone(spec.Layers)
	for _, l := range s.Layers() {
		if !slices.ContainsFunc(all, func(g Group) bool { return g.Name == l }) {
			all = append(all, Group{Name: l})
		}
	}
	return all
}

// records makes the layer with the doors and the manifest, in sorted order of their paths.
func (p Parts) records(m *manifest.Manifest) (write.Named, error) {
	packed, err := write.Manifest(m)
	if err != nil {
		return write.Named{}, err
	}
	type entry struct {
		header tar.Header
		body   []byte
	}
	entries := []entry{{tar.Header{Typeflag: tar.TypeReg, Name: p.Doors.Place(contract.RunManifest), Mode: 0o644, Size: int64(len(packed))}, packed}}
	for _, d := range p.Doors {
		entries = append(entries, entry{tar.Header{Typeflag: tar.TypeSymlink, Name: d.Path, Linkname: d.Link(), Mode: 0o777}, nil})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.header.Name, b.header.Name) })
	l, err := write.NewLayer(p.Work, p.Arch+"-"+recordsLayer, func(t tree.Tree) error {
		for _, e := range entries {
			if err := t.Add(&e.header, bytes.NewReader(e.body)); err != nil {
				return err
			}
		}
		return nil
	})
	return write.Named{Layer: l, Name: recordsLayer}, err
}
