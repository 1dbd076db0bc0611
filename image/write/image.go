// Package write makes OCI images (image-spec 1.1) of layers, and writes them to layouts, registries and daemons.
//
// Equal trees give equal digests, on any machine: times are fixed, owners are 0:0, and layers are compressed by a pinned
// library at a fixed level.
package write

import (
	"fmt"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/tree"
)

// Created is the fixed time of images, the same instant that the lifecycle gives to app images.
var Created = v1.Time{Time: time.Date(1980, time.January, 1, 0, 0, 1, 0, time.UTC)}

// Named is a layer and what its history entry says.
type Named struct {
	v1.Layer
	Name string
}

// Image makes an OCI image of a config and layers, with a history entry for each.
func Image(config v1.ConfigFile, layers []Named, by string) (v1.Image, error) {
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
			History:   v1.History{Created: Created, CreatedBy: by + ": " + l.Name},
		})
	}
	img, err := mutate.Append(base, added...)
	if err != nil {
		return nil, fmt.Errorf("cannot append the image's layers: %w", err)
	}
	return img, nil
}

// ImageOfTree makes an image of one layer, which fill writes: a root without labels, user or environment. The layer's bytes
// stay in work.
func ImageOfTree(work *os.Root, arch, by string, fill func(tree.Tree) error) (v1.Image, error) {
	l, err := NewLayer(work, arch+"-root", fill)
	if err != nil {
		return nil, err
	}
	config := v1.ConfigFile{Architecture: debian.GoArch(arch), OS: "linux", Created: Created, RootFS: v1.RootFS{Type: "layers"}}
	return Image(config, []Named{{l, "root"}}, by)
}
