package deb

import (
	"archive/tar"
	"fmt"
	"io"
)

// tarStream reads a tar archive to its very end, which tar.Reader does not.
type tarStream struct {
	*tar.Reader
	raw *countingReader
	end int64 // where the content of the last member ends in raw, padding included
}

func newTarStream(r io.Reader) *tarStream {
	raw := &countingReader{r: r}
	return &tarStream{Reader: tar.NewReader(raw), raw: raw}
}

// next returns the next header, or io.EOF once the whole stream has been read:
// only then has a decompressor checked its sums. An archive without an
// end-of-archive block is cut off, even where package tar sees a clean end.
func (t *tarStream) next() (*tar.Header, error) {
	const block = 512
	header, err := t.Next()
	if err == io.EOF {
		if t.raw.n < t.end+block {
			return nil, fmt.Errorf("it ends without an end-of-archive block: %w", io.ErrUnexpectedEOF)
		}
		return nil, t.drain()
	}
	if err != nil {
		return nil, err
	}
	t.end = t.raw.n + (header.Size+block-1)/block*block
	return header, nil
}

// drain reads to the end of the stream and returns io.EOF. It refuses what is
// not padding: another reader might take it for further members.
func (t *tarStream) drain() error {
	buf := make([]byte, 32<<10)
	for {
		n, err := t.raw.Read(buf)
		for _, c := range buf[:n] {
			if c != 0 {
				return fmt.Errorf("data follows the end of the archive")
			}
		}
		if err != nil {
			return err
		}
	}
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
