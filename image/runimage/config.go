package runimage

import (
	"fmt"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/image/write"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
)

func assemble(spec *Spec, arch string, d distro, floor *contract.Floor, layers []write.Named) (v1.Image, error) {
	if err := checkLayers(layers); err != nil {
		return nil, err
	}
	config := v1.ConfigFile{
		Architecture: debian.GoArch(arch),
		OS:           "linux",
		Created:      write.Created,
		RootFS:       v1.RootFS{Type: "layers"},
		Config: v1.Config{
			User:       spec.User,
			Env:        environment(spec.Env),
			WorkingDir: spec.Workdir,
			Labels:     runLabels(spec, d, floor),
		},
	}
	return write.Image(config, layers, "whittle image build "+spec.ID)
}

// runLabels are the labels of the platform specification (io.buildpacks.*), of image-spec's annotations, and ours.
// io.buildpacks.stack.mixins stays out: a later run image could never drop one.
func runLabels(spec *Spec, d distro, floor *contract.Floor) map[string]string {
	labels := map[string]string{
		lifecycle.StackID:       spec.ID,
		lifecycle.BaseID:        spec.ID,
		lifecycle.DistroName:    d.id,
		lifecycle.DistroVersion: d.version,
		lifecycle.Rebasable:     "true",
		contract.FloorLabel:     floor.Digest(),
	}
	if spec.Title != "" {
		labels["org.opencontainers.image.title"] = spec.Title
		labels[lifecycle.Description] = spec.Title
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
func checkLayers(layers []write.Named) error {
	seen := map[v1.Hash]string{}
	for _, l := range layers {
		diff, err := l.DiffID()
		if err != nil {
			return fmt.Errorf("cannot read layer %s: %w", l.Name, err)
		}
		if other, ok := seen[diff]; ok {
			return fmt.Errorf("layers %s and %s hold the same files (%s), so the image could not be rebased", other, l.Name, diff)
		}
		seen[diff] = l.Name
	}
	return nil
}
