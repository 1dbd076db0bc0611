package write

import (
	"bytes"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// sbomType is the media type of an attached SBOM.
const sbomType = "application/vnd.cyclonedx+json"

// emptyType is the media type of emptyConfig, the config of an artifact that has none (image-spec 1.1, manifest.md).
const emptyType types.MediaType = "application/vnd.oci.empty.v1+json"

const emptyConfig = "{}"

// attached is an OCI artifact of one document that refers to an image: registries list it with what else refers to the image, and
// scanners and signing tools find it there. It implements partial.CompressedImageCore.
type attached struct {
	raw      []byte
	document v1.Layer
}

// attach makes the artifact that says of an image what the document says.
func attach(img v1.Image, document []byte, kind types.MediaType) (v1.Image, error) {
	subject, err := partial.Descriptor(img)
	if err != nil {
		return nil, fmt.Errorf("cannot attach %s to the image: %w", kind, err)
	}
	layer := static.NewLayer(document, kind)
	content, err := partial.Descriptor(layer)
	if err != nil {
		return nil, fmt.Errorf("cannot attach %s to the image: %w", kind, err)
	}
	config, size, err := v1.SHA256(bytes.NewBufferString(emptyConfig))
	if err != nil {
		return nil, fmt.Errorf("cannot attach %s to the image: %w", kind, err)
	}
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: string(kind),
		Config:  v1.Descriptor{MediaType: emptyType, Digest: config, Size: size},
		Layers:  []v1.Descriptor{{MediaType: kind, Digest: content.Digest, Size: content.Size}},
		Subject: &v1.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size},
	})
	if err != nil {
		return nil, fmt.Errorf("cannot attach %s to the image: %w", kind, err)
	}
	return partial.CompressedToImage(&attached{raw, layer})
}

func (a *attached) RawManifest() ([]byte, error)        { return a.raw, nil }
func (a *attached) RawConfigFile() ([]byte, error)      { return []byte(emptyConfig), nil }
func (a *attached) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
func (a *attached) LayerByDigest(v1.Hash) (partial.CompressedLayer, error) {
	return a.document, nil
}
