package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

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
	return &v1.Platform{OS: "linux", Architecture: goArch(arch)}
}

// refName is image-spec's annotation for the name of an image in a layout.
const refName = "org.opencontainers.image.ref.name"

// WriteLayout writes images as an OCI layout: one image, or an index of several, with an entry for each name, or one
// without a name; and one for each SBOM, which refers to its image. A layout at dir is replaced as a whole when the new one is
// complete; anything else there is an error.
func WriteLayout(dir string, images []Built, names []string) error {
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
	document, err := attach(b.Image, b.SBOM, SBOMType)
	if err != nil {
		return err
	}
	return l.AppendImage(document)
}

// Push writes images to a registry under a name: one image as it is, several as an index; and their SBOMs, which refer to them. It
// returns the digest. What has the name already keeps it until all the rest is there.
func (p Places) Push(ctx context.Context, tag string, images []Built) (string, error) {
	n, err := name.ParseReference(tag, name.WeakValidation)
	if err != nil {
		return "", fmt.Errorf("cannot push %s: %w", tag, err)
	}
	at, err := p.push(n, images, p.remote(ctx))
	if err != nil {
		return "", fmt.Errorf("cannot push %s: %w", tag, err)
	}
	return at, nil
}

func (p Places) push(n name.Reference, images []Built, options []remote.Option) (string, error) {
	var whole interface {
		remote.Taggable
		Digest() (v1.Hash, error)
	} = images[0].Image
	if len(images) > 1 {
		whole = Index(images)
	}
	digest, err := whole.Digest()
	if err != nil {
		return "", err
	}
	at := n.Context().Digest(digest.String())
	if index, ok := whole.(v1.ImageIndex); ok {
		err = remote.WriteIndex(at, index, options...)
	} else {
		err = remote.Write(at, images[0].Image, options...)
	}
	if err != nil {
		return "", err
	}
	for _, b := range images {
		if err := b.pushSBOM(n.Context(), options); err != nil {
			return "", err
		}
	}
	if named, ok := n.(name.Tag); ok {
		err = remote.Tag(named, whole, options...)
	}
	return at.String(), err
}

func (b Built) pushSBOM(to name.Repository, options []remote.Option) error {
	if b.SBOM == nil {
		return nil
	}
	document, err := attach(b.Image, b.SBOM, SBOMType)
	if err != nil {
		return err
	}
	digest, err := document.Digest()
	if err != nil {
		return err
	}
	return remote.Write(to.Digest(digest.String()), document, options...)
}

// Load gives an image to the daemon under a name, and returns the image's ID, which is the digest of its config.
func (p Places) Load(ctx context.Context, tag string, img v1.Image) (string, error) {
	id, err := p.load(ctx, tag, img)
	if err != nil {
		return "", fmt.Errorf("cannot load %s into the daemon: %w", tag, err)
	}
	return id, nil
}

func (p Places) load(ctx context.Context, tag string, img v1.Image) (string, error) {
	if p.Daemon == nil {
		return "", errors.New("no daemon can be asked")
	}
	n, err := name.NewTag(tag, name.WeakValidation)
	if err != nil {
		return "", err
	}
	answer, err := daemon.Write(n, img, daemon.WithContext(ctx), daemon.WithClient(p.Daemon))
	if err != nil {
		return "", err
	}
	if err := loadError(answer); err != nil {
		return "", err
	}
	id, err := img.ConfigName()
	return id.String(), err
}

// loadError finds the daemon's complaint in its answer: it says 200 before it has read the image.
func loadError(answer string) error {
	d := json.NewDecoder(strings.NewReader(answer))
	for {
		var line struct {
			Error string `json:"error"`
		}
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("its answer cannot be read: %w", err)
		}
		if line.Error != "" {
			return errors.New(line.Error)
		}
	}
}
