package image

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/slicer"
)

// RootManifest is the manifest of a tree whose layers are laid over each other at the root, as a run image's are: its
// files are in no layer's directory, so their layer is empty.
func RootManifest(m *slicer.Manifest) *slicer.Manifest {
	root := *m
	root.Unseen = nil
	root.Files = make([]slicer.ManifestFile, len(m.Files))
	for i, f := range m.Files {
		f.Layer = ""
		root.Files[i] = f
	}
	return &root
}

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
