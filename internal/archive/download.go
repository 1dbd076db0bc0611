package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"time"
)

// attempts runs one fetch until it succeeds, fails for good, or has used up its
// attempts. Only ErrUnreachable is worth another one. Waiting grows twofold,
// with jitter, so that many machines do not come back at the same moment.
func (t *transport) attempts(ctx context.Context, once func() error) error {
	wait := t.backoff
	for n := 0; ; n++ {
		err := once()
		if err == nil || !errors.Is(err, ErrUnreachable) || n >= t.retries {
			return err
		}
		if wait > 0 {
			pause := time.NewTimer(wait/2 + rand.N(wait))
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return ctx.Err()
			}
			wait *= 2
		}
	}
}

// memory is a sink for small files.
type memory struct{ bytes.Buffer }

func (m *memory) size() int64  { return int64(m.Len()) }
func (m *memory) reset() error { m.Reset(); return nil }

// getSmall fetches a file of unknown size into memory.
func (t *transport) getSmall(ctx context.Context, u *url.URL, limit int64, known validators) (data []byte, v validators, notModified bool, err error) {
	err = t.attempts(ctx, func() error {
		var m memory
		var err error
		v, notModified, err = t.get(ctx, u, &m, limit, known)
		data = m.Bytes()
		return err
	})
	if err == nil && !notModified && webPage(data) {
		err = errWebPage
	}
	if err != nil {
		return nil, v, false, fmt.Errorf("%s: %w", u.Redacted(), err)
	}
	return data, v, notModified, nil
}

// hashed is a sink that writes a temporary file and its digests.
type hashed struct {
	file   *tempFile
	want   releaseFile
	n      int64
	sha256 hash.Hash
	sha512 hash.Hash
	head   []byte
	moved  func(n int64) // told about each piece
}

func newHashed(file *tempFile, want releaseFile, moved func(int64)) *hashed {
	return &hashed{file: file, want: want, sha256: sha256.New(), sha512: sha512.New(), moved: moved}
}

func (h *hashed) size() int64 { return h.n }

func (h *hashed) Write(p []byte) (int, error) {
	n, err := h.file.Write(p)
	if len(h.head) < 256 {
		h.head = append(h.head, p[:min(n, 256-len(h.head))]...)
	}
	h.sha256.Write(p[:n])
	if h.want.sha512 != "" {
		h.sha512.Write(p[:n])
	}
	h.n += int64(n)
	h.moved(int64(n))
	if err != nil {
		return n, h.file.cache.writeError(err)
	}
	return n, nil
}

func (h *hashed) reset() error {
	h.moved(-h.n)
	h.n, h.head = 0, nil
	h.sha256.Reset()
	h.sha512.Reset()
	if err := h.file.Truncate(0); err != nil {
		return h.file.cache.writeError(err)
	}
	_, err := h.file.Seek(0, io.SeekStart)
	return err
}

// errMismatch means that the bytes are not those that were announced.
var errMismatch = errors.New("it is not the file that was announced")

// check compares what arrived with what was announced.
func (h *hashed) check() error {
	if h.n < h.want.size {
		return fmt.Errorf("%w: it has %d bytes, and %d were announced", errMismatch, h.n, h.want.size)
	}
	if got := hex.EncodeToString(h.sha256.Sum(nil)); got != h.want.sha256 {
		return fmt.Errorf("%w: its SHA256 is %s, and %s was announced", errMismatch, got, h.want.sha256)
	}
	if h.want.sha512 == "" {
		return nil
	}
	if got := hex.EncodeToString(h.sha512.Sum(nil)); got != h.want.sha512 {
		return fmt.Errorf("%w: its SHA512 is %s, and %s was announced", errMismatch, got, h.want.sha512)
	}
	return nil
}

// download fetches a file whose size and digest are known, from the first
// address that has it, into a blob of the cache, and returns that open. The
// errors of all addresses are reported.
func (t *transport) download(ctx context.Context, c *cache, from []*url.URL, want releaseFile, moved func(int64)) (*os.File, error) {
	file, err := c.create()
	if err != nil {
		return nil, err
	}
	to := newHashed(file, want, moved)
	var failures []error
	for _, u := range from {
		err := t.downloadFrom(ctx, u, to)
		if err == nil {
			c.trust(want.sha256)
			return file.commit(blobName(want.sha256))
		}
		failures = append(failures, fmt.Errorf("%s: %w", u.Redacted(), err))
		if ctx.Err() != nil {
			break
		}
		// Another mirror's bytes are not appended to this one's.
		if err := to.reset(); err != nil {
			failures = append(failures, err)
			break
		}
	}
	file.discard()
	return nil, joinFailures(failures)
}

// downloadFrom gets the file from one address. A transfer that breaks is
// resumed where it broke. Should the whole then be wrong, the file may have
// changed between the two parts: it is fetched once more, in one piece.
func (t *transport) downloadFrom(ctx context.Context, u *url.URL, to *hashed) error {
	var v validators
	resumed := false
	once := func() error {
		if to.size() == 0 {
			v = validators{} // nothing to resume: no condition, so no 304
		}
		resumed = resumed || to.size() > 0
		got, _, err := t.get(ctx, u, to, to.want.size, v)
		if got != (validators{}) {
			v = got
		}
		return err
	}
	err := t.attempts(ctx, once)
	if err == nil {
		err = to.check()
	}
	if err != nil && resumed && (errors.Is(err, errMismatch) || errors.Is(err, errTooLarge)) {
		if err := to.reset(); err != nil {
			return err
		}
		if err = t.attempts(ctx, once); err == nil {
			err = to.check()
		}
	}
	if err != nil && webPage(to.head) {
		return errWebPage
	}
	return err
}

// failures are the errors of several addresses, told on one line.
type failures []error

func (f failures) Error() string {
	var all []string
	for _, err := range f {
		all = append(all, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return strings.Join(all, "; ")
}

func (f failures) Unwrap() []error { return f }

func joinFailures(all []error) error {
	if len(all) == 1 {
		return all[0]
	}
	return failures(all)
}
