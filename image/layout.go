package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"whittle.dev/whittle/internal/document"
)

// maxDocument bounds the bytes of an index, a manifest or a config. Registries refuse manifests of more than 4 MB.
const maxDocument = 8 << 20

// ociLayout is an OCI image layout (image-spec, image-layout.md) as untrusted files, each blob held against the digest and the size
// by which it is named.
type ociLayout struct{ files layoutFiles }

// layoutFiles are the files of a layout, regular ones only: a link, a pipe or a device has no bytes of an image.
type layoutFiles interface {
	open(name string) (r io.ReadCloser, size int64, err error)
}

// layoutDir is the directory of a layout.
type layoutDir struct{ root *os.Root }

func (l layoutDir) open(name string) (io.ReadCloser, int64, error) {
	info, err := l.root.Lstat(name)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is no regular file", name)
	}
	f, err := l.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func blobPath(h v1.Hash) string { return path.Join("blobs", h.Algorithm, h.Hex) }

// document reads a blob that is JSON, whole.
func (l ociLayout) document(d v1.Descriptor) ([]byte, error) {
	if d.Digest.Algorithm != "sha256" {
		return nil, fmt.Errorf("its digest %s is not of SHA-256", d.Digest)
	}
	data, err := l.read(blobPath(d.Digest))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); got != d.Digest.Hex || int64(len(data)) != d.Size {
		return nil, fmt.Errorf("blob %s is not what its name says: it has %d bytes of sha256:%s, and %d are announced", d.Digest, len(data), got, d.Size)
	}
	return data, nil
}

func (l ociLayout) read(name string) ([]byte, error) {
	f, size, err := l.files.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > maxDocument {
		return nil, fmt.Errorf("%s has %d bytes, more than %d", name, size, maxDocument)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxDocument))
	if err != nil {
		return nil, err
	}
	return text, checkDocument(name, text)
}

// checkDocument bounds what an index, a manifest or a config makes.
func checkDocument(name string, text []byte) error {
	if len(text) > maxDocument {
		return fmt.Errorf("%s has %d bytes, more than %d", name, len(text), maxDocument)
	}
	if err := document.Check(text); err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return nil
}

// checkKind holds that a document is an index or a manifest, as it is announced, and not both: of such a document each reader would
// see something else (CVE-2021-41190).
func checkKind(name string, text []byte, isIndex bool) error {
	var is struct {
		MediaType types.MediaType
		Manifests []json.RawMessage
		Config    json.RawMessage
		Layers    []json.RawMessage
	}
	if err := json.Unmarshal(text, &is); err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	switch {
	case isIndex && (is.Config != nil || is.Layers != nil || is.MediaType.IsImage()):
		return fmt.Errorf("%s has what a manifest has", name)
	case !isIndex && (is.Manifests != nil || is.MediaType.IsIndex()):
		return fmt.Errorf("%s has what an index has", name)
	}
	return nil
}

// index reads the layout's own index.
func (l ociLayout) index() (catalog, error) {
	text, err := l.read(layoutIndexFile)
	if err != nil {
		return nil, err
	}
	return l.parse(text)
}

func (l ociLayout) parse(text []byte) (catalog, error) {
	if err := checkKind("its index", text, true); err != nil {
		return nil, err
	}
	m, err := v1.ParseIndexManifest(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("its index cannot be read: %w", err)
	}
	return layoutIndex{l, m}, nil
}

// layoutIndex is an index of a layout.
type layoutIndex struct {
	layout ociLayout
	m      *v1.IndexManifest
}

func (i layoutIndex) manifests() ([]v1.Descriptor, error) { return i.m.Manifests, nil }

func (i layoutIndex) below(d v1.Descriptor) (catalog, error) {
	text, err := i.layout.document(d)
	if err != nil {
		return nil, err
	}
	return i.layout.parse(text)
}

func (i layoutIndex) image(d v1.Descriptor) (v1.Image, error) {
	text, err := i.layout.document(d)
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(text)
	if err != nil {
		return nil, err
	}
	return partial.CompressedToImage(&layoutImage{layout: i.layout, media: d.MediaType, raw: text, m: m})
}

// manifest reads the manifest of an image.
func (l ociLayout) manifest(d v1.Descriptor) (*v1.Manifest, error) {
	text, err := l.document(d)
	if err != nil {
		return nil, err
	}
	return parseManifest(text)
}

func parseManifest(text []byte) (*v1.Manifest, error) {
	if err := checkKind("its manifest", text, false); err != nil {
		return nil, err
	}
	m, err := v1.ParseManifest(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("its manifest cannot be read: %w", err)
	}
	return m, nil
}

// layoutImage is an image of a layout; it implements partial.CompressedImageCore.
type layoutImage struct {
	layout ociLayout
	media  types.MediaType
	raw    []byte
	m      *v1.Manifest
}

func (i *layoutImage) RawManifest() ([]byte, error)        { return i.raw, nil }
func (i *layoutImage) MediaType() (types.MediaType, error) { return i.media, nil }
func (i *layoutImage) RawConfigFile() ([]byte, error)      { return i.layout.document(i.m.Config) }
func (i *layoutImage) Manifest() (*v1.Manifest, error)     { return i.m, nil }
func (i *layoutImage) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	for _, d := range append([]v1.Descriptor{i.m.Config}, i.m.Layers...) {
		if d.Digest == h {
			return &layoutLayer{i.layout, d}, nil
		}
	}
	return nil, fmt.Errorf("the manifest names no layer %s", h)
}

// layoutLayer is a layer of a layout.
type layoutLayer struct {
	layout ociLayout
	d      v1.Descriptor
}

func (l *layoutLayer) Digest() (v1.Hash, error)            { return l.d.Digest, nil }
func (l *layoutLayer) Size() (int64, error)                { return l.d.Size, nil }
func (l *layoutLayer) MediaType() (types.MediaType, error) { return l.d.MediaType, nil }

// Compressed gives the bytes of the blob. Whoever reads them to the end gets an error if they are not those of its digest.
func (l *layoutLayer) Compressed() (io.ReadCloser, error) {
	if l.d.Digest.Algorithm != "sha256" {
		return nil, fmt.Errorf("its digest %s is not of SHA-256", l.d.Digest)
	}
	f, size, err := l.layout.files.open(blobPath(l.d.Digest))
	if err != nil {
		return nil, err
	}
	if size != l.d.Size {
		return nil, errors.Join(fmt.Errorf("blob %s has %d bytes, and %d are announced", l.d.Digest, size, l.d.Size), f.Close())
	}
	return newVerified(f, l.d.Digest), nil
}

// verified is a stream whose end is an error if its bytes are not those of a digest.
type verified struct {
	io.Reader
	io.Closer
}

func newVerified(r io.ReadCloser, want v1.Hash) io.ReadCloser {
	return verified{&digesting{from: r, want: want}, r}
}
