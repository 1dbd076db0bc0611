package write

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/slicer/tree"
)

// level is the compression of layers. The library is pinned by go.mod, so a layer's digest does not change with the
// Go toolchain, as it would with the standard library's; the diffID depends on neither.
const level = gzip.BestCompression

// blob is a gzip-compressed layer in a file of a work directory.
type blob struct {
	work         *os.Root
	name         string
	media        types.MediaType // of a compressed layer
	digest, diff v1.Hash
	size         int64
}

// NewLayer makes a layer of what fill adds to the tree. The layer's bytes stay in the file NAME.tar.gz of work, which
// must live as long as the layer does.
func NewLayer(work *os.Root, name string, fill func(tree.Tree) error) (v1.Layer, error) {
	l, err := LayerOf(work, name, types.OCILayer, func(w io.Writer) error {
		t := tree.NewTar(w)
		if err := fill(t); err != nil {
			return err
		}
		return t.Close()
	})
	if err != nil {
		return nil, fmt.Errorf("cannot make layer %s: %w", name, err)
	}
	return l, nil
}

// LayerOf makes a layer of a media type of the tar that text writes, as NewLayer does.
func LayerOf(work *os.Root, name string, media types.MediaType, text func(io.Writer) error) (v1.Layer, error) {
	b := &blob{work: work, name: name + ".tar.gz", media: media}
	if err := b.write(text); err != nil {
		return nil, err
	}
	return partial.CompressedToLayer(b)
}

// write makes the layer of a tar's text.
func (b *blob) write(text func(io.Writer) error) (err error) {
	f, err := b.work.Create(b.name)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	packed, plain, counted := sha256.New(), sha256.New(), new(counter)
	z, err := gzip.NewWriterLevel(io.MultiWriter(f, packed, counted), level)
	if err != nil {
		return err
	}
	if err := text(io.MultiWriter(z, plain)); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	b.digest, b.diff, b.size = sum(packed), sum(plain), int64(*counted)
	return nil
}

func sum(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func (b *blob) Digest() (v1.Hash, error)            { return b.digest, nil }
func (b *blob) DiffID() (v1.Hash, error)            { return b.diff, nil }
func (b *blob) Size() (int64, error)                { return b.size, nil }
func (b *blob) MediaType() (types.MediaType, error) { return b.media, nil }
func (b *blob) Compressed() (io.ReadCloser, error)  { return b.work.Open(b.name) }
