package image

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/internal/debian"
)

// catalog is an index of images.
type catalog interface {
	manifests() ([]v1.Descriptor, error)
	below(v1.Descriptor) (catalog, error) // an index in it
	image(v1.Descriptor) (v1.Image, error)
}

// remoteIndex is an index of a registry, whose client holds each document against its digest.
type remoteIndex struct{ v1.ImageIndex }

func (r remoteIndex) manifests() ([]v1.Descriptor, error) {
	text, err := r.RawManifest()
	if err != nil {
		return nil, err
	}
	if err := checkDocument("its index", text); err != nil {
		return nil, err
	}
	if err := checkKind("its index", text, true); err != nil {
		return nil, err
	}
	m, err := r.IndexManifest()
	if err != nil {
		return nil, err
	}
	return m.Manifests, nil
}

func (r remoteIndex) below(d v1.Descriptor) (catalog, error) {
	i, err := r.ImageIndex.ImageIndex(d.Digest)
	return remoteIndex{i}, err
}

func (r remoteIndex) image(d v1.Descriptor) (v1.Image, error) { return r.Image(d.Digest) }

// Bounds of indexes. An index of an index is rare, and one that holds itself would never end.
const (
	maxIndexDepth  = 4
	maxIndexImages = 1000
)

// candidate is an image of an index, and the index that names it.
type candidate struct {
	v1.Descriptor
	in catalog
}

// gathering collects the images of an index and of those in it.
type gathering struct {
	all     []candidate
	indexes int
}

func (g *gathering) add(index catalog, depth int) error {
	if g.indexes++; depth == 0 || g.indexes > maxIndexImages {
		return fmt.Errorf("indexes lie in indexes more than %d deep, or there are more than %d", maxIndexDepth, maxIndexImages)
	}
	list, err := index.manifests()
	if err != nil {
		return err
	}
	for _, d := range list {
		switch {
		case d.MediaType.IsIndex():
			below, err := index.below(d)
			if err == nil {
				err = g.add(below, depth-1)
			}
			if err != nil {
				return err
			}
		case !d.MediaType.IsImage() || isAttestation(d):
		case len(g.all) == maxIndexImages:
			return fmt.Errorf("it has more than %d images", maxIndexImages)
		case !slices.ContainsFunc(g.all, func(c candidate) bool { return c.Digest == d.Digest && c.platform() == (candidate{d, nil}).platform() }):
			g.all = append(g.all, candidate{d, index})
		}
	}
	return nil
}

// isAttestation tells whether a descriptor is of an attestation: builders give these the form of an image for no machine.
func isAttestation(d v1.Descriptor) bool { return d.Platform != nil && d.Platform.OS == "unknown" }

// resolved are the images with the platforms that their configs tell of where the index names none: container engines see them so, and
// go by nothing else that the index says. What has no config of an image, such as an SBOM, is left out.
func resolved(all []candidate) ([]candidate, error) {
	var images []candidate
	for _, c := range all {
		if c.Platform == nil {
			platform, err := c.platformInside()
			if c.ArtifactType != "" && errors.Is(err, fs.ErrNotExist) {
				continue // a layout need not have them
			}
			if err != nil {
				return nil, fmt.Errorf("image %s of its index: %w", c.Digest, err)
			}
			if platform == nil {
				continue
			}
			c.Platform = platform
		}
		images = append(images, c)
	}
	return images, nil
}

// platformInside is the platform that an image's config tells of; nil if it has no config of an image.
func (c candidate) platformInside() (*v1.Platform, error) {
	img, err := c.in.image(c.Descriptor)
	if err != nil {
		return nil, err
	}
	if err := checkManifest(img); err != nil {
		return nil, err
	}
	m, err := img.Manifest()
	if err != nil || !m.Config.MediaType.IsConfig() {
		return nil, err
	}
	config, err := readConfig(img)
	if err != nil {
		return nil, err
	}
	return config.Platform(), nil
}

func (c candidate) platform() string {
	if c.Platform == nil {
		return ""
	}
	return c.Platform.String()
}

// chosen is an image of an index.
type chosen struct {
	v1.Image
	of int // images in the index
}

// choose finds the image for p.Arch among all that an index and those in it have: where just one image is there, that is it.
// Several that fit are an error, for a proof of the one says nothing of the other.
func (p Places) choose(index catalog) (v1.Image, error) {
	var g gathering
	if err := g.add(index, maxIndexDepth); err != nil {
		return nil, err
	}
	if len(g.all) > 1 {
		var err error
		if g.all, err = resolved(g.all); err != nil {
			return nil, err
		}
	}
	fit := slices.DeleteFunc(slices.Clone(g.all), func(c candidate) bool {
		return c.Platform == nil || c.Platform.OS != "linux" || c.Platform.Architecture != debian.GoArch(p.Arch)
	})
	if usual := usualVariant[debian.GoArch(p.Arch)]; len(fit) > 1 {
		if exact := slices.DeleteFunc(slices.Clone(fit), func(c candidate) bool { return c.Platform.Variant != usual }); len(exact) > 0 {
			fit = exact
		}
	}
	if len(fit) == 0 && len(g.all) == 1 {
		fit = g.all
	}
	switch len(fit) {
	case 0:
		return nil, fmt.Errorf("it has no image for %s, only %s", p.Arch, platforms(g.all))
	case 1:
		img, err := fit[0].in.image(fit[0].Descriptor)
		return chosen{img, len(g.all)}, err
	}
	var digests []string
	for _, c := range fit {
		digests = append(digests, c.Digest.String())
	}
	return nil, fmt.Errorf("it has several images for %s: name one of them by its digest: %s", p.Arch, strings.Join(digests, ", "))
}

// usualVariant is the variant of an architecture that Debian is built for.
var usualVariant = map[string]string{"arm": "v7", "arm64": "v8"}

func platforms(all []candidate) string {
	var names []string
	for _, c := range all {
		if name := c.platform(); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
