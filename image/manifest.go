package image

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/slicer"
)

// PackManifest is the text of a manifest as it stands at RunManifest.
func PackManifest(m *slicer.Manifest) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
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
