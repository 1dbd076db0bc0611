package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// digesting passes bytes on, and ends with an error instead of io.EOF if they are not those of a digest.
type digesting struct {
	from io.Reader
	want v1.Hash
	sum  hash.Hash
}

func (d *digesting) Read(p []byte) (int, error) {
	if d.sum == nil {
		d.sum = sha256.New()
	}
	n, err := d.from.Read(p)
	d.sum.Write(p[:n])
	if errors.Is(err, io.EOF) {
		if got := (v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(d.sum.Sum(nil))}); got != d.want {
			return n, fmt.Errorf("its bytes are those of %s, and not of %s, which names them", got, d.want)
		}
	}
	return n, err
}

// untilDone reads until a context is done: whoever interrupts whittle does not wait for the end of a layer.
type untilDone struct {
	ctx  context.Context
	from io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.from.Read(p)
}
