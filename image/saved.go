package image

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/internal/deb"
)

// savedList is the file of a saved image that lists the images of the tar.
const savedList = "manifest.json"

// openTar opens the tar of docker save, or else the tar of a root, gzip-compressed or not.
func (p Places) openTar(ctx context.Context, file string) (*Opened, error) {
	saved, err := isSaved(ctx, file)
	if err != nil {
		return nil, err
	}
	if saved {
		img, err := tarball.ImageFromPath(file, nil)
		return p.merge(ctx, file, img, err)
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

// isSaved tells whether a tar is one of docker save, whose list of images has to be one that costs little. Such a tar has no sparse
// files, whose holes would cost what nobody has packed.
func isSaved(ctx context.Context, file string) (bool, error) {
	r, err := openPlain(file)
	if err != nil {
		return false, err
	}
	defer r.Close()
	t := tar.NewReader(untilDone{ctx, r})
	found, bad := false, error(nil)
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF) && found:
			return true, bad
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("it is neither a directory nor a tar: %w", err)
		case deb.IsSparse(h):
			bad = fmt.Errorf("its file %q is sparse, and those of a saved image are not", h.Name)
		case path.Clean(h.Name) == savedList && bad == nil:
			bad = checkSavedList(h, t)
		}
		found = found || h.Name == savedList
	}
}

// checkSavedList bounds the list of a saved image before the library decodes it.
func checkSavedList(h *tar.Header, r io.Reader) error {
	if h.Typeflag != tar.TypeReg {
		return fmt.Errorf("its %s is no regular file", savedList)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return fmt.Errorf("its %s cannot be read: %w", savedList, err)
	}
	if err := checkDocument("its "+savedList, text); err != nil {
		return err
	}
	var images []struct{ Layers []string }
	if json.Unmarshal(text, &images) != nil {
		return nil // the file of a root that has this name, or else the library says it
	}
	for _, i := range images {
		if len(i.Layers) > maxLayers {
			return fmt.Errorf("its %s names %d layers, more than %d", savedList, len(i.Layers), maxLayers)
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
