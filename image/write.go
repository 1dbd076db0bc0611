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
// without a name. A layout at dir is replaced as a whole when the new one is complete; anything else there is an error.
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

// Push writes images to a registry under a name: one image as it is, several as an index. It returns the digest.
func (p Places) Push(ctx context.Context, tag string, images []Built) (string, error) {
	n, err := name.ParseReference(tag, name.WeakValidation)
	if err != nil {
		return "", fmt.Errorf("cannot push %s: %w", tag, err)
	}
	var digest v1.Hash
	if len(images) == 1 {
		if err = remote.Write(n, images[0].Image, p.remote(ctx)...); err == nil {
			digest, err = images[0].Image.Digest()
		}
	} else {
		index := Index(images)
		if err = remote.WriteIndex(n, index, p.remote(ctx)...); err == nil {
			digest, err = index.Digest()
		}
	}
	if err != nil {
		return "", fmt.Errorf("cannot push %s: %w", tag, err)
	}
	return n.Context().Digest(digest.String()).String(), nil
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
