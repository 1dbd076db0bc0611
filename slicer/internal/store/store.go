// Package store keeps unpacked files by content: a file is stored once under the SHA-256 of its bytes, whoever ships
// it. A store may be shared by several processes: every write goes to a name of its own and is renamed into place, so
// that a reader sees a whole file or none, and a killed process leaves nothing but a stray temporary file.
package store

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Store is a directory of files by digest, and of small records by key.
type Store struct{ root *os.Root }

// Open opens the store in a directory, which is created if it is missing.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot open file store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open file store: %w", err)
	}
	return &Store{root: root}, nil
}

// Close releases the store's directory.
func (s *Store) Close() error { return s.root.Close() }

// Sums identifies what Put stored: hexadecimal digests and the size in bytes.
type Sums struct {
	SHA256, MD5 string
	Size        int64
}

// Put stores what r holds.
func (s *Store) Put(r io.Reader) (Sums, error) {
	name := "tmp-" + rand.Text()
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return Sums{}, fmt.Errorf("cannot write to file store: %w", err)
	}
	defer s.root.Remove(name) // after the rename there is nothing left to remove
	sha, md := sha256.New(), md5.New()
	n, err := io.Copy(io.MultiWriter(f, sha, md), r)
	if err := errors.Join(err, f.Close()); err != nil {
		return Sums{}, fmt.Errorf("cannot write to file store: %w", err)
	}
	sums := Sums{SHA256: hex.EncodeToString(sha.Sum(nil)), MD5: hex.EncodeToString(md.Sum(nil)), Size: n}
	return sums, s.place(name, "sha256", sums.SHA256)
}

// Open returns the stored file with that digest.
func (s *Store) Open(digest string) (*os.File, error) {
	at, err := shard("sha256", digest)
	if err != nil {
		return nil, err
	}
	f, err := s.root.Open(at)
	if err != nil {
		return nil, fmt.Errorf("cannot read from file store: %w", err)
	}
	return f, nil
}

// Has tells whether a file with that digest and size is stored.
func (s *Store) Has(digest string, size int64) bool {
	at, err := shard("sha256", digest)
	if err != nil {
		return false
	}
	fi, err := s.root.Stat(at)
	return err == nil && fi.Size() == size
}

// PutRecord stores a small record under a key (hexadecimal), in the folder of its kind.
func (s *Store) PutRecord(kind, key string, data []byte) error {
	name := "tmp-" + rand.Text()
	if err := s.root.WriteFile(name, data, 0o644); err != nil {
		s.root.Remove(name)
		return fmt.Errorf("cannot write to file store: %w", err)
	}
	return s.place(name, kind, key)
}

// Record returns the record under a key; the error is fs.ErrNotExist when there is none.
func (s *Store) Record(kind, key string) ([]byte, error) {
	at, err := shard(kind, key)
	if err != nil {
		return nil, err
	}
	return s.root.ReadFile(at)
}

func (s *Store) place(tmp, kind, key string) error {
	final, err := shard(kind, key)
	if err != nil {
		s.root.Remove(tmp)
		return err
	}
	err = s.root.Rename(tmp, final)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.root.MkdirAll(kind+"/"+key[:2], 0o755); err != nil {
			return fmt.Errorf("cannot write to file store: %w", err)
		}
		err = s.root.Rename(tmp, final)
	}
	if err != nil {
		s.root.Remove(tmp)
		return fmt.Errorf("cannot write to file store: %w", err)
	}
	return nil
}

// shard spreads keys over 256 directories, as every content store does. A key that is not hexadecimal is an error: keys
// come from indexes and records that others wrote.
func shard(kind, key string) (string, error) {
	if len(key) < 2 || strings.Trim(key, "0123456789abcdef") != "" {
		return "", fmt.Errorf("cannot use file store: %q is no digest", key)
	}
	return kind + "/" + key[:2] + "/" + key, nil
}
