package image

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/tree"
)

// FloorLabel is the label that holds the digest of the floor that an image promises.
const FloorLabel = "dev.whittle.floor"

// BaseLabel is the label that holds the ID of the run image's contract.
const BaseLabel = "io.buildpacks.base.id"

// created is the fixed time of images, the same instant that the lifecycle gives to app images.
var created = v1.Time{Time: time.Date(1980, time.January, 1, 0, 0, 1, 0, time.UTC)}

func assemble(spec *Spec, arch string, d distro, floor *contract.Floor, layers []named) (v1.Image, error) {
	if err := checkLayers(layers); err != nil {
		return nil, err
	}
	config := v1.ConfigFile{
		Architecture: goArch(arch),
		OS:           "linux",
		Created:      created,
		RootFS:       v1.RootFS{Type: "layers"},
		Config: v1.Config{
			User:       spec.User,
			Env:        environment(spec.Env),
			WorkingDir: spec.Workdir,
			Labels:     runLabels(spec, d, floor),
		},
	}
	return appendLayers(config, layers, "whittle image build "+spec.ID)
}

// appendLayers makes an OCI image of a config and layers, with a history entry for each.
func appendLayers(config v1.ConfigFile, layers []named, by string) (v1.Image, error) {
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	base, err := mutate.ConfigFile(base, &config)
	if err != nil {
		return nil, fmt.Errorf("cannot write the image's config: %w", err)
	}
	var added []mutate.Addendum
	for _, l := range layers {
		added = append(added, mutate.Addendum{
			Layer:     l.Layer,
			MediaType: types.OCILayer,
			History:   v1.History{Created: created, CreatedBy: by + ": " + l.name},
		})
	}
	img, err := mutate.Append(base, added...)
	if err != nil {
		return nil, fmt.Errorf("cannot append the image's layers: %w", err)
	}
	return img, nil
}

// runLabels are the labels of the platform specification (io.buildpacks.*), of image-spec's annotations, and ours.
// io.buildpacks.stack.mixins stays out: a later run image could never drop one.
func runLabels(spec *Spec, d distro, floor *contract.Floor) map[string]string {
	labels := map[string]string{
		stackID:       spec.ID,
		BaseLabel:     spec.ID,
		distroName:    d.id,
		distroVersion: d.version,
		mayRebase:     "true",
		FloorLabel:    floor.Digest(),
	}
	if spec.Title != "" {
		labels["org.opencontainers.image.title"] = spec.Title
		labels["io.buildpacks.base.description"] = spec.Title
	}
	return labels
}

func environment(env map[string]string) []string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		list = append(list, k+"="+env[k])
	}
	return list
}

// checkLayers refuses two layers with the same diffID: a rebase takes everything up to the first layer that equals the
// top of the old base, so what lies between two equal ones would stay above the new base and hide it.
func checkLayers(layers []named) error {
	seen := map[v1.Hash]string{}
	for _, l := range layers {
		diff, err := l.DiffID()
		if err != nil {
			return fmt.Errorf("cannot read layer %s: %w", l.name, err)
		}
		if other, ok := seen[diff]; ok {
			return fmt.Errorf("layers %s and %s hold the same files (%s), so the image could not be rebased", other, l.name, diff)
		}
		seen[diff] = l.name
	}
	return nil
}

// OfTree makes an image of one layer, which fill writes: a root without labels, user or environment. The layer's bytes
// stay in work.
func OfTree(work *os.Root, arch, by string, fill func(tree.Tree) error) (v1.Image, error) {
	l, err := NewLayer(work, arch+"-root", fill)
	if err != nil {
		return nil, err
	}
	config := v1.ConfigFile{Architecture: goArch(arch), OS: "linux", Created: created, RootFS: v1.RootFS{Type: "layers"}}
	return appendLayers(config, []named{{l, "root"}}, by)
}
