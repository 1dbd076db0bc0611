package image

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// blobs are the blobs of a layout that a fuzzer writes: all of them are one text.
type blobs struct{ text []byte }

func (b blobs) manifests() ([]v1.Descriptor, error) {
	m, err := v1.ParseIndexManifest(bytes.NewReader(b.text))
	if err != nil {
		return nil, err
	}
	return m.Manifests, nil
}
func (b blobs) below(v1.Descriptor) (catalog, error)  { return b, nil }
func (b blobs) image(v1.Descriptor) (v1.Image, error) { return nil, fs.ErrNotExist }

// FuzzIndex reads anything as an index whose every blob is that index: choosing ends, within the bounds of indexes.
func FuzzIndex(f *testing.F) {
	const d = `{"mediaType":"application/vnd.oci.image.index.v1+json","size":1,"digest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`
	f.Add([]byte(`{"schemaVersion":2,"manifests":[` + d + `]}`))
	f.Add([]byte(`{"schemaVersion":2,"manifests":[` + strings.ReplaceAll(d, "index", "manifest") + `,{"platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var g gathering
		if err := g.add(blobs{text}, maxIndexDepth); err == nil && (len(g.all) > maxIndexImages || g.indexes > maxIndexImages) {
			t.Errorf("%d images of %d indexes", len(g.all), g.indexes)
		}
		_, _ = Places{Arch: "amd64"}.choose(blobs{text})
	})
}
