package slicer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// checked passes bytes on and remembers their digest.
type checked struct {
	io.Reader
	sum  hash.Hash
	want string
}

func newChecked(r io.Reader, want string) *checked {
	sum := sha256.New()
	return &checked{Reader: io.TeeReader(r, sum), sum: sum, want: want}
}

func (c *checked) check(f *planned) error {
	if got := hex.EncodeToString(c.sum.Sum(nil)); got != c.want {
		return fmt.Errorf("cannot use /%s of %s: its bytes changed since they were selected (sha256 %s, want %s)", f.Path, f.owner(), got, c.want)
	}
	return nil
}
