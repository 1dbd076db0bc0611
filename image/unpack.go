package image

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Bounds of the window of a zstd layer, in bytes, which is what unpacking it takes of memory. Packers use 8 MB, and the largest of
// zstd's levels 128 MB; a few kilobytes could claim 512 MB.
const baseWindow, maxWindow = 48 << 20, 128 << 20

var gzipMagic, zstdMagic = []byte{0x1f, 0x8b}, []byte{0x28, 0xb5, 0x2f, 0xfd}

// unpack gives the bytes of a layer's tar. Of one that is stored as it is (see isStored), and of any that is packed by zstd, whittle
// unpacks the bytes itself: the library takes any window.
func unpack(l v1.Layer, stored bool) (io.ReadCloser, error) {
	packed, err := l.Compressed()
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(packed, 64<<10)
	magic, err := buffered.Peek(len(zstdMagic))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, errors.Join(err, packed.Close())
	case bytes.Equal(magic, zstdMagic):
		return unpackZstd(l, buffered, packed)
	case !stored:
		if err := packed.Close(); err != nil {
			return nil, err
		}
		return l.Uncompressed()
	case bytes.HasPrefix(magic, gzipMagic):
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, errors.Join(err, packed.Close())
		}
		return whole{z, buffered, packed}, nil
	}
	return whole{buffered, buffered, packed}, nil
}

func unpackZstd(l v1.Layer, from io.Reader, packed io.Closer) (io.ReadCloser, error) {
	size, err := l.Size()
	if err != nil {
		return nil, errors.Join(err, packed.Close())
	}
	window := min(uint64(baseWindow+max(0, min(size, maxWindow))), maxWindow)
	z, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return nil, errors.Join(err, packed.Close())
	}
	return whole{z.IOReadCloser(), from, packed}, nil
}

// whole reads what is unpacked, and then what is left of the packed bytes, at whose end their digest is checked.
type whole struct {
	unpacked, packed io.Reader
	closer           io.Closer
}

func (w whole) Read(p []byte) (int, error) {
	n, err := w.unpacked.Read(p)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return n, fmt.Errorf("unpacking it would take more memory than for a layer of its size (at most %d MB and its bytes, %d MB in all): %w", baseWindow>>20, maxWindow>>20, err)
	}
	if errors.Is(err, io.EOF) {
		if _, err := io.Copy(io.Discard, w.packed); err != nil {
			return n, err
		}
	}
	return n, err
}

func (w whole) Close() error {
	if c, ok := w.unpacked.(io.Closer); ok {
		return errors.Join(c.Close(), w.closer.Close())
	}
	return w.closer.Close()
}
