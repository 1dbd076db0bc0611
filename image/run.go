package image

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
)

// Parts is what a run image is made from, beside its spec.
type Parts struct {
	Arch        string            // Debian's name, which is Go's too for those whittle knows: amd64, arm64
	Release     *release.Release  // slice definitions
	ReleaseName string            // what the manifest calls them, such as debian-13
	Doors       contract.Doors    // read for Arch
	Sources     []packages.Source // for Arch
	Work        *os.Root          // holds the layers' files; must live as long as the image is used
	Progress    func(string)      // nil for none
}

// recordsLayer is the last layer of a run image: doors and the manifest.
const recordsLayer = "records"

// RunManifest is the path of a run image's manifest. It is compressed, because it would be a tenth of the smallest
// run image otherwise.
const RunManifest = "usr/share/whittle/manifest.json.gz"

// BuildRun makes the run image of a spec for one architecture, and the floor that it promises. Equal parts give an
// image of equal digest. The image's layers are files of p.Work.
func BuildRun(ctx context.Context, spec *Spec, p Parts) (v1.Image, *contract.Floor, error) {
	img, floor, err := buildRun(ctx, spec, p)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot build run image %s for %s: %w", spec.ID, p.Arch, err)
	}
	return img, floor, nil
}

func buildRun(ctx context.Context, spec *Spec, p Parts) (v1.Image, *contract.Floor, error) {
	selection, err := slicer.Select(ctx, p.want(spec))
	if err != nil {
		return nil, nil, err
	}
	if err := checkDoors(p.Doors, selection.Files); err != nil {
		return nil, nil, err
	}
	floor, err := slicer.MakeFloor(spec.ID, selection, p.Doors)
	if err != nil {
		return nil, nil, err
	}
	floor.Path = strings.Split(spec.Env["PATH"], ":")
	g := &guard{doors: p.Doors, release: new(bytes.Buffer)}
	layers, err := p.layers(ctx, spec, selection, g)
	if err != nil {
		return nil, nil, err
	}
	distro, err := readDistro(g.release.Bytes())
	if err != nil {
		return nil, nil, err
	}
	records, err := p.records(&selection.Manifest)
	if err != nil {
		return nil, nil, err
	}
	img, err := assemble(spec, p.Arch, distro, floor, append(layers, records))
	return img, floor, err
}

func (p Parts) want(spec *Spec) slicer.Want {
	w := slicer.Want{Arch: p.Arch, Release: p.Release, ReleaseName: p.ReleaseName, Sources: p.Sources, Progress: p.Progress}
	w.ClosureLayer = spec.Layers[len(spec.Layers)-1].Name
	for _, g := range spec.Layers {
		for _, name := range g.Slices {
			w.Names = append(w.Names, slicer.Named{Name: name, By: spec.Path, Kind: manifest.Asked, Layer: g.Name})
		}
	}
	return w
}

// named is a layer and what its history entry says.
type named struct {
	v1.Layer
	name string
}

func (p Parts) layers(ctx context.Context, spec *Spec, s *slicer.Selection, g *guard) ([]named, error) {
	var layers []named
	for _, group := range groups(spec, s) {
		g.entries = 0
		l, err := NewLayer(p.Work, p.Arch+"-"+group.Name, func(t tree.Tree) error {
			g.Tree = t
			return slicer.Cut(ctx, s, group.Name, g)
		})
		if err != nil {
			return nil, err
		}
		if g.entries == 0 {
			return nil, fmt.Errorf("layer %q of %s holds no files", group.Name, spec.Path)
		}
		layers = append(layers, named{l, group.Name})
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
func (p Parts) records(m *manifest.Manifest) (named, error) {
	packed, err := PackManifest(m)
	if err != nil {
		return named{}, err
	}
	type entry struct {
		header tar.Header
		body   []byte
	}
	entries := []entry{{tar.Header{Typeflag: tar.TypeReg, Name: p.Doors.Place(RunManifest), Mode: 0o644, Size: int64(len(packed))}, packed}}
	for _, d := range p.Doors {
		entries = append(entries, entry{tar.Header{Typeflag: tar.TypeSymlink, Name: d.Path, Linkname: d.Link(), Mode: 0o777}, nil})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.header.Name, b.header.Name) })
	l, err := NewLayer(p.Work, p.Arch+"-"+recordsLayer, func(t tree.Tree) error {
		for _, e := range entries {
			if err := t.Add(&e.header, bytes.NewReader(e.body)); err != nil {
				return err
			}
		}
		return nil
	})
	return named{l, recordsLayer}, err
}
