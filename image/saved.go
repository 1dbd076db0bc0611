package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/image/layerfs"
)

// openTar opens the tar of docker save, of an OCI layout, or else of a root, gzip-compressed or not.
func (p Places) openTar(ctx context.Context, file string) (*Opened, error) {
	a, err := readArchive(ctx, file)
	switch {
	case err != nil:
		return nil, err
	case a.has(savedList):
		return p.openSaved(ctx, a)
	case a.has(layoutIndexFile) && a.has(layoutMark):
		return p.openArchivedLayout(ctx, a)
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	o := &Opened{Ref: file}
	return o, p.fill(ctx, o, info.Size(), func(m *layerfs.Merger) error {
		r, err := openPlain(file)
		if err != nil {
			return err
		}
		defer r.Close()
		return m.Add(untilDone{ctx, r}, 0)
	})
}

// openSaved opens the image of docker save.
func (p Places) openSaved(ctx context.Context, a *archive) (*Opened, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	if err := a.checkSavedList(); err != nil {
		return nil, err
	}
	img, err := tarball.ImageFromPath(a.file, nil)
	if err != nil {
		return nil, err
	}
	if err := a.agrees(img); err != nil {
		return nil, err
	}
	return p.merge(ctx, a.file, img, nil)
}

// openArchivedLayout opens the image of an OCI layout in a tar.
func (p Places) openArchivedLayout(ctx context.Context, a *archive) (*Opened, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	index, err := a.layout().index()
	if err != nil {
		return nil, fmt.Errorf("%s is no OCI layout: %w", a.file, err)
	}
	img, err := p.choose(index)
	return p.merge(ctx, "oci:"+a.file, img, err)
}

// checkSavedList bounds the list of a saved image, and the config that it names, before the library decodes them.
func (a *archive) checkSavedList() error {
	if a.entries[savedList] < 0 {
		return fmt.Errorf("its %s is no regular file", savedList)
	}
	if err := checkDocument("its "+savedList, a.list); err != nil {
		return err
	}
	var images []struct {
		Config string
		Layers []string
	}
	if json.Unmarshal(a.list, &images) != nil {
		return nil // the library says it
	}
	for _, i := range images {
		if len(i.Layers) > maxLayers {
			return fmt.Errorf("its %s names %d layers, more than %d", savedList, len(i.Layers), maxLayers)
		}
		switch size, there := a.entries[cleaned(i.Config)]; {
		case there && size < 0:
			return fmt.Errorf("its config %q is no regular file", i.Config)
		case size > maxDocument:
			return fmt.Errorf("its config %q has %d bytes, more than %d", i.Config, size, maxDocument)
		}
	}
	return nil
}

// openPlain opens a file, unpacking gzip.
func openPlain(file string) (io.ReadCloser, error) {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	magic := make([]byte, len(gzipMagic))
	if n, _ := f.ReadAt(magic, 0); !bytes.Equal(magic[:n], gzipMagic) {
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
