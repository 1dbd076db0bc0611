package write

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/stage"
)

// Built is an image for one architecture (Debian's name).
type Built struct {
	Arch  string
	Image v1.Image
	SBOM  []byte // a CycloneDX document to attach; nil for none
}

// Index makes one OCI index of images for several architectures, in their order.
func Index(images []Built) v1.ImageIndex {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, b := range images {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: b.Image, Descriptor: v1.Descriptor{Platform: platform(b.Arch)}})
	}
	return index
}

func platform(arch string) *v1.Platform {
	return &v1.Platform{OS: "linux", Architecture: debian.GoArch(arch)}
}

// refName is image-spec's annotation for the name of an image in a layout.
const refName = "org.opencontainers.image.ref.name"

// Layout writes images as an OCI layout: one image, or an index of several, with an entry for each name, or one
// without a name; and one for each SBOM, which refers to its image. A layout at dir is replaced as a whole when the new one is
// complete; anything else there is an error.
func Layout(dir string, images []Built, names []string) error {
	if err := writeLayout(dir, images, names); err != nil {
		return fmt.Errorf("cannot write OCI layout %s: %w", dir, err)
	}
	return nil
}

func writeLayout(dir string, images []Built, names []string) error {
	if err := replaceable(dir); err != nil {
		return err
	}
	up := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(up, 0o755); err != nil {
		return err
	}
	fresh, err := stage.NewDir(up)
	if err != nil {
		return err
	}
	defer fresh.Discard()
	l, err := layout.Write(fresh.Path(), empty.Index)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{""}
	}
	for _, n := range names {
		if err := appendTo(l, images, n); err != nil {
			return err
		}
	}
	for _, b := range images {
		if err := b.appendSBOM(l); err != nil {
			return err
		}
	}
	return fresh.Exchange(filepath.Base(filepath.Clean(dir)))
}

// replaceable tells whether nothing of value stands at dir.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "oci-layout")); err != nil {
		return errors.New("the directory has files that are no OCI layout")
	}
	return nil
}

func appendTo(l layout.Path, images []Built, refname string) error {
	var options []layout.Option
	if refname != "" {
		options = append(options, layout.WithAnnotations(map[string]string{refName: refname}))
	}
	if len(images) == 1 {
		return l.AppendImage(images[0].Image, append(options, layout.WithPlatform(*platform(images[0].Arch)))...)
	}
	return l.AppendIndex(Index(images), options...)
}

func (b Built) appendSBOM(l layout.Path) error {
	if b.SBOM == nil {
		return nil
	}
	document, err := attach(b.Image, b.SBOM, sbomType)
	if err != nil {
		return err
	}
	return l.AppendImage(document)
}
