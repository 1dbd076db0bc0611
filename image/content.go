package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/internal/stage"
)

// maxLayers bounds the layers of an image; overlay file systems take some hundred.
const maxLayers = 1000

// merge reads an image's layers once and lays them over each other. An error of finding the image passes through, so
// that callers read as one line.
func (p Places) merge(ctx context.Context, ref string, img v1.Image, err error) (*Opened, error) {
	if err != nil {
		return nil, err
	}
	if isStored(ref) {
		if err := checkManifest(img); err != nil {
			return nil, err
		}
	}
	config, err := readConfig(img)
	if err != nil {
		return nil, err
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	if len(layers) > maxLayers {
		return nil, fmt.Errorf("it has %d layers, more than %d", len(layers), maxLayers)
	}
	if len(layers) != len(config.RootFS.DiffIDs) {
		return nil, fmt.Errorf("it has %d layers, and its config tells of %d", len(layers), len(config.RootFS.DiffIDs))
	}
	packed, err := packedSize(ref, img)
	if err != nil {
		return nil, err
	}
	digest, err := digestOf(ref, img)
	if err != nil {
		return nil, err
	}
	o := &Opened{Ref: ref, Image: img, Digest: digest, Config: config}
	if c, ok := img.(chosen); ok {
		o.Of = c.of
	}
	if p.headOnly {
		return o, nil
	}
	return o, p.fill(ctx, o, packed, func(m *layerfs.Merger) error { return addLayers(ctx, m, layers, config.RootFS.DiffIDs, isStored(ref)) })
}

// checkManifest bounds the manifest of an image that is stored as it is, and the config that it announces, before either is decoded.
func checkManifest(img v1.Image) error {
	text, err := img.RawManifest()
	if err != nil {
		return fmt.Errorf("its manifest cannot be read: %w", err)
	}
	if err := checkDocument("its manifest", text); err != nil {
		return err
	}
	if err := checkKind("its manifest", text, false); err != nil {
		return err
	}
	m, err := img.Manifest()
	if err != nil {
		return fmt.Errorf("its manifest cannot be read: %w", err)
	}
	if m.Config.Size > maxDocument {
		return fmt.Errorf("its config has %d bytes, more than %d", m.Config.Size, maxDocument)
	}
	return nil
}

// isStored tells whether an image is found where it is stored as it is: in a registry or a layout.
func isStored(ref string) bool {
	return strings.HasPrefix(ref, "registry:") || strings.HasPrefix(ref, "oci:")
}

// digestOf is the digest of an image's manifest where that is stored as it is. A daemon stores it unpacked, and knows the image by the
// digest of its config: the image ID.
func digestOf(ref string, img v1.Image) (string, error) {
	read := img.ConfigName
	if isStored(ref) {
		read = img.Digest
	}
	digest, err := read()
	if err != nil {
		return "", fmt.Errorf("its digest cannot be read: %w", err)
	}
	return digest.String(), nil
}

// readConfig reads the config's own bytes: the daemon's ConfigFile is put together from an inspection, and loses
// history.
func readConfig(img v1.Image) (*v1.ConfigFile, error) {
	raw, err := img.RawConfigFile()
	if err != nil {
		return nil, fmt.Errorf("its config cannot be read: %w", err)
	}
	if err := checkDocument("its config", raw); err != nil {
		return nil, err
	}
	config, err := v1.ParseConfigFile(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("its config cannot be read: %w", err)
	}
	return config, nil
}

// packedSize is how many bytes an image came in, a layer that it names twice once; negative where that is not known, for a daemon
// unpacks what it keeps.
func packedSize(ref string, img v1.Image) (int64, error) {
	if !isStored(ref) {
		info, err := os.Stat(ref)
		if err != nil {
			return -1, nil
		}
		return info.Size(), nil
	}
	m, err := img.Manifest()
	if err != nil {
		return 0, fmt.Errorf("its manifest cannot be read: %w", err)
	}
	var n int64
	counted := map[v1.Hash]bool{}
	for _, l := range m.Layers {
		if l.Size < 0 || l.Size > layerfs.MaxBodies {
			return 0, fmt.Errorf("layer %s claims to have %d bytes", l.Digest, l.Size)
		}
		if !counted[l.Digest] {
			n += l.Size
		}
		counted[l.Digest] = true
	}
	if info, err := os.Stat(strings.TrimPrefix(ref, "oci:")); err == nil && info.Mode().IsRegular() {
		n = min(n, info.Size()) // a tar of a layout, which may be compressed itself
	}
	return n, nil
}

// Packed is how many bytes the layers have as a registry or a layout keeps them; 0 of a daemon's image and of what is no image.
func (o *Opened) Packed() (int64, error) {
	if o.Image == nil || !isStored(o.Ref) {
		return 0, nil
	}
	return packedSize(o.Ref, o.Image)
}

// addLayers adds the layers of an image, the lowest first; see unpack.
func addLayers(ctx context.Context, m *layerfs.Merger, layers []v1.Layer, diffs []v1.Hash, stored bool) error {
	for i, l := range layers {
		if err := ReadLayer(ctx, l, diffs[i], stored, func(r io.Reader) error { return m.Add(r, i) }); err != nil {
			return fmt.Errorf("layer %d of %d: %w", i+1, len(layers), err)
		}
	}
	return nil
}

// ReadLayer hands the unpacked bytes of a layer to read; they must be those that the config tells of by diff. A layer that is stored as
// it is, in a registry or a layout, is unpacked by whittle itself.
func ReadLayer(ctx context.Context, l v1.Layer, diff v1.Hash, stored bool, read func(io.Reader) error) error {
	r, err := unpack(l, stored)
	if err != nil {
		return err
	}
	defer r.Close()
	whole := &digesting{from: untilDone{ctx, r}, want: diff}
	if err := read(whole); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, whole) // digests are checked at the end of the stream only
	return err
}

// fill runs add on a new merger whose bodies go to a file without a name. The image came in n bytes.
func (p Places) fill(ctx context.Context, o *Opened, n int64, add func(*layerfs.Merger) error) error {
	f, err := stage.Unnamed(p.Temp)
	if err != nil {
		return err
	}
	o.close = append(o.close, f.Close)
	m := layerfs.NewMerger(f, n)
	if err := add(m); err != nil {
		return errors.Join(err, o.Close())
	}
	if o.FS, err = m.FS(ctx); err != nil {
		return errors.Join(err, o.Close())
	}
	return nil
}
