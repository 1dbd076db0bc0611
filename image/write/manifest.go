package write

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/slicer/manifest"
)

// manifestLevel makes manifests 3 % larger than the level of layers does; that one takes as long as linking all files of a
// cut whose packages are unpacked already.
const manifestLevel = 3

// Manifest is the text of a manifest as it stands at [contract.RunManifest].
func Manifest(m *manifest.Manifest) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, manifestLevel)
	if err != nil {
		return nil, fmt.Errorf("cannot compress the manifest: %w", err)
	}
	if err := m.Encode(z); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("cannot compress the manifest: %w", err)
	}
	return b.Bytes(), nil
}
