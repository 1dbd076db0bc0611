package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/gzip"
)

// merge reads an image's layers once and lays them over each other. An error of finding the image passes through, so
// that callers read as one line.
func (p Places) merge(ref string, img v1.Image, err error) (*Opened, error) {
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
	digest, err := digestOf(ref, img)
	if err != nil {
		return nil, err
	}
	o := &Opened{Ref: ref, Image: img, Digest: digest, Config: config}
	return o, p.fill(o, func(m *merger) error {
		for i, l := range layers {
			if err := addLayer(m, l, i); err != nil {
				return fmt.Errorf("layer %d of %d: %w", i+1, len(layers), err)
			}
		}
		return nil
	})
}

// digestOf is the digest of an image's manifest where it is stored as it is, in a registry and a layout. A daemon stores it
// unpacked, and knows the image by the digest of its config: the image ID.
func digestOf(ref string, img v1.Image) (string, error) {
	read := img.ConfigName
	if strings.HasPrefix(ref, "registry:") || strings.HasPrefix(ref, "oci:") {
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

func addLayer(m *merger, l v1.Layer, i int) error {
	r, err := l.Uncompressed()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := m.add(r, i); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r) // the digest is checked at the end of the stream only
	return err
}

// fill runs add on a new merger whose bodies go to an unnamed temporary file.
func (p Places) fill(o *Opened, add func(*merger) error) error {
	f, err := os.CreateTemp(p.Temp, "bodies-*")
	if err != nil {
		return err
	}
	o.close = append(o.close, f.Close)
	// The file has no name from here on, so that it goes away with the process, however that ends.
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(err, o.Close())
	}
	m := newMerger(f)
	if err := add(m); err != nil {
		return errors.Join(err, o.Close())
	}
	o.FS = m.FS()
	return nil
}

// openTar opens the tar of docker save, or else the tar of a root, gzip-compressed or not.
func (p Places) openTar(path string) (*Opened, error) {
	saved, err := hasEntry(path, "manifest.json")
	if err != nil {
		return nil, err
	}
	if saved {
		img, err := tarball.ImageFromPath(path, nil)
		return p.merge(path, img, err)
	}
	o := &Opened{Ref: path}
	return o, p.fill(o, func(m *merger) error {
		r, err := openPlain(path)
		if err != nil {
			return err
		}
		defer r.Close()
		return m.add(r, 0)
	})
}

func hasEntry(path, name string) (bool, error) {
	r, err := openPlain(path)
	if err != nil {
		return false, err
	}
	defer r.Close()
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("it is neither a directory nor a tar: %w", err)
		case h.Name == name:
			return true, nil
		}
	}
}

// openPlain opens a file, unpacking gzip.
func openPlain(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
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
