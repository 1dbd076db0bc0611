package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
)

// compressions are the endings of index files that can be read, in the order
// of preference. gzip comes first against what apt does: Debian's Packages.gz
// is 3.6 MB larger than Packages.xz, but it is read in a third of the time, so
// on anything above 6 MB/s it is there sooner.
func compressions() []string { return []string{".gz", ".zst", ".xz", ""} }

// maxZstdWindow is what a frame may ask for; `zstd -19` asks for 8 MB.
const maxZstdWindow = 128 << 20

// decompress reads a file by the ending of its name.
func decompress(name string, r io.Reader) (io.Reader, func(), error) {
	nothing := func() {}
	switch path.Ext(name) {
	case ".gz":
		z, err := gzip.NewReader(r)
		return z, nothing, err
	case ".xz":
		z, err := xz.NewReader(r, 0)
		return z, nothing, err
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, nothing, err
		}
		return z, z.Close, nil
	}
	return r, nothing, nil
}

const chunkSize = 1 << 20

// chunks calls fn with pieces of r that end where sep ends, so that no stanza
// or line is torn, while the next piece is being read and unpacked. The last
// piece ends with the file. A file larger than limit is an error, and so is a
// single stanza or line beyond all measure. A piece is fn's until it returns.
func chunks(r io.Reader, limit int64, sep []byte, fn func([]byte) error) error {
	type piece struct {
		data []byte
		err  error
	}
	full, empty, stop := make(chan piece), make(chan []byte, 2), make(chan struct{})
	defer close(stop)
	empty <- nil
	empty <- nil
	go func() {
		defer close(full)
		var total int64
		var rest []byte
		for {
			var buf []byte
			select {
			case buf = <-empty:
			case <-stop:
				return
			}
			data, err := readPiece(r, append(buf[:0], rest...), sep)
			total += int64(len(data.whole) + len(data.rest) - len(rest))
			if total > limit {
				err = fmt.Errorf("unpacked, %w: %d bytes", errTooLarge, limit)
			}
			rest = append(rest[:0], data.rest...)
			select {
			case full <- piece{data.whole, err}:
			case <-stop:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range full {
		if p.err != nil && !errors.Is(p.err, io.EOF) {
			return p.err
		}
		if err := fn(p.data); err != nil {
			return err
		}
		empty <- p.data
	}
	return nil
}

type torn struct{ whole, rest []byte }

// readPiece fills buf, which begins with the rest of the last piece, and cuts it
// behind the last sep. At the end of the file, with io.EOF, all is whole.
func readPiece(r io.Reader, buf, sep []byte) (torn, error) {
	for {
		have := len(buf)
		if have > 4*maxStanza {
			return torn{}, fmt.Errorf("an entry is longer than %d bytes", have)
		}
		want := max(have+chunkSize/2, chunkSize+maxStanza/4)
		if cap(buf) < want {
			buf = append(make([]byte, 0, want), buf...)
		}
		for len(buf) < want {
			// Not io.ReadFull: it would make the end of the file and an
			// archive that is cut off the same error.
			n, err := r.Read(buf[len(buf):want])
			buf = buf[:len(buf)+n]
			if err == io.EOF {
				return torn{whole: buf}, io.EOF
			}
			if err != nil {
				return torn{}, err
			}
		}
		if i := bytes.LastIndex(buf, sep); i >= 0 {
			return torn{buf[:i+len(sep)], buf[i+len(sep):]}, nil
		}
	}
}
