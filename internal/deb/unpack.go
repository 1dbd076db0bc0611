package deb

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
)

// compressionOf returns the compression that the name of an archive tells: "",
// "gz", "xz" or "zst". deb(5) knows bz2 and lzma too, which dpkg-deb no longer
// writes; reading them would add two decoders to what hostile bytes can reach.
func compressionOf(name string) (string, error) {
	_, compression, _ := strings.Cut(name, ".tar")
	switch compression = strings.TrimPrefix(compression, "."); compression {
	case "", "gz", "xz", "zst":
		return compression, nil
	default:
		return "", fmt.Errorf("compression of %s is not supported: it must be xz, zst, gz or none", name)
	}
}

// unpack returns the content of m, decompressed, and checked against the sums
// that its compression carries when it is read to its end. It must be closed.
func (f *File) unpack(m arMember) (io.ReadCloser, error) {
	compression, err := compressionOf(m.name)
	if err != nil {
		return nil, err
	}
	raw := bufio.NewReaderSize(io.NewSectionReader(f.r, m.offset, m.size), 64<<10)
	switch compression {
	case "gz":
		return gzip.NewReader(raw)
	case "xz":
		return newXZ(lowerWindow(raw), uint32(min(f.limits.Window, 1<<31)))
	case "zst":
		r, err := zstd.NewReader(raw,
			zstd.WithDecoderConcurrency(1), // readAhead overlaps the work; more would only cost memory
			zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(uint64(max(f.limits.Window, zstd.MinWindowSize))))
		if err != nil {
			return nil, err
		}
		return r.IOReadCloser(), nil
	default:
		return io.NopCloser(raw), nil
	}
}

// xzReaders are decoders that have done their work. A window of 8 MB a package, which is what xz -6 asks for, would be
// most of the memory that a large cut leaves for the garbage collector to find.
var xzReaders sync.Map // of window size to *sync.Pool

// xzReader gives its decoder back when it is closed, if that came to a good end: one that did not may be in any state.
type xzReader struct {
	decoder *xz.Reader
	pool    *sync.Pool
	ended   bool
}

func newXZ(from io.Reader, window uint32) (io.ReadCloser, error) {
	found, _ := xzReaders.LoadOrStore(window, &sync.Pool{})
	pool := found.(*sync.Pool)
	if old, ok := pool.Get().(*xz.Reader); ok {
		if err := old.Reset(from); err != nil {
			return nil, err
		}
		return &xzReader{decoder: old, pool: pool}, nil
	}
	r, err := xz.NewReader(from, window)
	if err != nil {
		return nil, err
	}
	return &xzReader{decoder: r, pool: pool}, nil
}

func (r *xzReader) Read(p []byte) (int, error) {
	n, err := r.decoder.Read(p)
	r.ended = err == io.EOF
	return n, err
}

func (r *xzReader) Close() error {
	if r.ended {
		r.ended = false
		r.pool.Put(r.decoder)
	}
	return nil
}

// boundedReader refuses to give more than left bytes.
type boundedReader struct {
	r     io.Reader
	left  int64
	limit int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more shows whether there is more
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		return int(b.left), fmt.Errorf("it unpacks to more than %d bytes", b.limit)
	}
	b.left -= int64(n)
	return n, err
}
