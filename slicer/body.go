package slicer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
)

// ErrEdited is wrapped by the error about a file of the cache that somebody wrote to, by way of a root that shares it. The cache does
// not have it any more, so that the next cut unpacks its package anew.
var ErrEdited = errors.New("it was edited through a root that shares it with the cache")

// body is the bytes of a planned file on their way into a tree. The file is opened when it is first read, and its
// digest is checked as it goes by; a tree that shares the file with the store does not read it at all, because the store
// knows whether it was written to.
type body struct {
	file   *plan.File
	from   packages.ReaderAtCloser
	sum    hash.Hash
	shared bool
}

func newBody(f *plan.File) *body { return &body{file: f, sum: sha256.New()} }

// Read implements io.Reader, and sums what goes by.
func (b *body) Read(p []byte) (int, error) {
	if b.from == nil {
		r, err := b.open()
		if err != nil {
			return 0, err
		}
		b.from = r
	}
	n, err := b.from.Read(p)
	b.sum.Write(p[:n])
	return n, err
}

// open opens the file; the store need not read it first, for it is summed here.
func (b *body) open() (packages.ReaderAtCloser, error) {
	if !b.isStored() {
		return b.file.Open()
	}
	r, err := b.file.From.OpenToSum(b.file.At)
	if err != nil {
		return nil, fmt.Errorf("cannot open /%s of %s: %w", b.file.Path, b.file.Owner(), err)
	}
	return r, nil
}

// isStored tells whether the store has the file under its digest.
func (b *body) isStored() bool {
	f := b.file
	return f.From != nil && f.From.IsStored() && f.At.SHA256 == f.SHA256
}

// Shareable tells whether the file may be shared with the store: it lies there with the bytes and the mode that are
// wanted, and is none of those that people edit in place.
func (b *body) Shareable(mode int64) bool {
	return b.isStored() && mode == b.file.At.Mode && mode == store.StoredMode(mode) && !paths.IsBelow(b.file.Path, "etc", "var")
}

// share calls do with the store and the blob of a shareable file.
func (b *body) share(do func(*store.Store, store.Blob) error) error {
	err := b.file.From.InStore(b.file.At, do)
	b.shared = err == nil
	return err
}

// checkAhead has the store read a file that may be shared with it.
func (b *body) checkAhead() {
	if mode, err := b.file.ModeBits(); err == nil && b.Shareable(mode) {
		_ = b.file.From.Check(b.file.At) // it shows again when the file is shared
	}
}

// Link implements tree.Stored.
func (b *body) Link(dir *os.File, name string) error {
	return b.share(func(s *store.Store, blob store.Blob) error { return s.Link(blob, dir, name) })
}

// Clone implements tree.Stored.
func (b *body) Clone(to *os.File) error {
	return b.share(func(s *store.Store, blob store.Blob) error { return s.Clone(blob, to) })
}

// discard closes the file.
func (b *body) discard() error {
	if b.from == nil {
		return nil
	}
	if err := b.from.Close(); err != nil {
		return fmt.Errorf("cannot read /%s of %s: %w", b.file.Path, b.file.Owner(), err)
	}
	return nil
}

// close closes the file, and tells whether the bytes that were read are those that were selected. Nothing is read of a file that is
// shared, or linked to a name of it that was written before.
func (b *body) close() error {
	isLinked := b.file.HardLink != "" && b.from == nil
	if err := b.discard(); err != nil || b.shared || isLinked {
		return err
	}
	got := hex.EncodeToString(b.sum.Sum(nil))
	if got == b.file.SHA256 {
		return nil
	}
	err := fmt.Errorf("cannot use /%s of %s: its bytes changed since they were selected (sha256 %s, want %s)",
		b.file.Path, b.file.Owner(), got, b.file.SHA256)
	if b.isStored() {
		b.file.From.Changed(b.file.At)
		err = fmt.Errorf("%w: %w", err, ErrEdited)
	}
	return err
}
