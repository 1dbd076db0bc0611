package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"whittle.dev/whittle/image"
)

// Push writes images to a registry under a name: one image as it is, several as an index; and their SBOMs, which refer to them. It
// returns the digest. What has the name already keeps it until all the rest is there.
func Push(ctx context.Context, p image.Places, tag string, images []Built) (string, error) {
	n, err := name.ParseReference(tag, name.WeakValidation)
	if err != nil {
		return "", fmt.Errorf("cannot push %s: %w", tag, err)
	}
	at, err := push(n, images, p.Remote(ctx))
	if err != nil {
		return "", fmt.Errorf("cannot push %s: %w", tag, err)
	}
	return at, nil
}

func push(n name.Reference, images []Built, options []remote.Option) (string, error) {
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
	document, err := attach(b.Image, b.SBOM, sbomType)
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
func Load(ctx context.Context, p image.Places, tag string, img v1.Image) (string, error) {
	id, err := load(ctx, p, tag, img)
	if err != nil {
		return "", fmt.Errorf("cannot load %s into the daemon: %w", tag, err)
	}
	return id, nil
}

func load(ctx context.Context, p image.Places, tag string, img v1.Image) (string, error) {
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
