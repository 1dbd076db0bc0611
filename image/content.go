package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/gzip"
)

// merge reads an image's layers once and lays them over each other. An error of finding the image passes through, so
// that callers read as one line.
func (p Places) merge(ctx context.Context, ref string, img v1.Image, err error) (*Opened, error) {
	if err != nil {
		return nil, err
	}
	config, err := readConfig(img)
	if err != nil {
		return nil, err
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
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
	return o, p.fill(ctx, o, packed, func(m *merger) error { return addLayers(ctx, m, layers, config.RootFS.DiffIDs) })
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
	config, err := v1.ParseConfigFile(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("its config cannot be read: %w", err)
	}
	return config, nil
}

// packedSize is how many bytes an image came in; negative where that is not known, for a daemon unpacks what it keeps.
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
	for _, l := range m.Layers {
		if l.Size < 0 || l.Size > maxBodies {
			return 0, fmt.Errorf("layer %s claims to have %d bytes", l.Digest, l.Size)
		}
		n += l.Size
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

// addLayers adds the layers of an image, the lowest first.
func addLayers(ctx context.Context, m *merger, layers []v1.Layer, diffs []v1.Hash) error {
	for i, l := range layers {
		if err := readLayer(ctx, l, diffs[i], func(r io.Reader) error { return m.add(r, i) }); err != nil {
			return fmt.Errorf("layer %d of %d: %w", i+1, len(layers), err)
		}
	}
	return nil
}

// readLayer hands the unpacked bytes of a layer to read; they must be those that the config tells of.
func readLayer(ctx context.Context, l v1.Layer, diff v1.Hash, read func(io.Reader) error) error {
	r, err := l.Uncompressed()
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

// fill runs add on a new merger whose bodies go to an unnamed temporary file. The image came in n bytes.
func (p Places) fill(ctx context.Context, o *Opened, n int64, add func(*merger) error) error {
	f, err := os.CreateTemp(p.Temp, "bodies-*")
	if err != nil {
		return err
	}
	o.close = append(o.close, f.Close)
	// The file has no name from here on, so that it goes away with the process, however that ends.
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(err, o.Close())
	}
	m := newMerger(f, newBudget(n))
	o.memory = objectMemory(n)
	if err := add(m); err != nil {
		return errors.Join(err, o.Close())
	}
	if err := f.Truncate(m.end); err != nil { // holes at the end
		return errors.Join(err, o.Close())
	}
	o.FS = m.FS(ctx)
	return nil
}

// openTar opens the tar of docker save, or else the tar of a root, gzip-compressed or not.
func (p Places) openTar(ctx context.Context, path string) (*Opened, error) {
	saved, err := hasEntry(ctx, path, "manifest.json")
	if err != nil {
		return nil, err
	}
	if saved {
		img, err := tarball.ImageFromPath(path, nil)
		return p.merge(ctx, path, img, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	o := &Opened{Ref: path}
	return o, p.fill(ctx, o, info.Size(), func(m *merger) error {
		r, err := openPlain(path)
		if err != nil {
			return err
		}
		defer r.Close()
		return m.add(untilDone{ctx, r}, 0)
	})
}

// hasEntry tells whether a tar is one of docker save. Such a tar has no sparse files, whose holes would cost what nobody has
// packed.
func hasEntry(ctx context.Context, path, name string) (bool, error) {
	r, err := openPlain(path)
	if err != nil {
		return false, err
	}
	defer r.Close()
	t := tar.NewReader(untilDone{ctx, r})
	found, sparse := false, ""
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF) && found && sparse != "":
			return false, fmt.Errorf("its file %q is sparse, and those of a saved image are not", sparse)
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return false, fmt.Errorf("it is neither a directory nor a tar: %w", err)
		}
		found = found || h.Name == name
		if isSparse(h) {
			sparse = h.Name
		}
	}
}

// isSparse tells whether a tar's file has holes (GNU tar's formats 0.0 to 1.0).
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// openPlain opens a file, unpacking gzip.
func openPlain(path string) (io.ReadCloser, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	magic := make([]byte, 2)
	if n, _ := f.ReadAt(magic, 0); n < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return f, nil
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}
