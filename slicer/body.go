package slicer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"os"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
)

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
		r, err := b.file.Open()
		if err != nil {
			return 0, err
		}
		b.from = r
	}
	n, err := b.from.Read(p)
	b.sum.Write(p[:n])
	return n, err
}

// Shareable tells whether the file may be shared with the store: it lies there with the bytes and the mode that are
// wanted, and is none of those that people edit in place.
func (b *body) Shareable(mode int64) bool {
	f := b.file
	stored := f.From != nil && f.From.IsStored() && f.At.SHA256 == f.SHA256 && mode == f.At.Mode && mode == store.StoredMode(mode)
	return stored && !paths.IsBelow(f.Path, "etc", "var")
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
	if got := hex.EncodeToString(b.sum.Sum(nil)); got != b.file.SHA256 {
		return fmt.Errorf("cannot use /%s of %s: its bytes changed since they were selected (sha256 %s, want %s)",
			b.file.Path, b.file.Owner(), got, b.file.SHA256)
	}
	return nil
}
