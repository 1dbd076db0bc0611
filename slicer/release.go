package slicer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/slicer/internal/release"
	"whittle.dev/whittle/slicer/internal/store"
)

// Release is a set of slice definitions, in the format of chisel releases.
type Release = release.Release

// ReadRelease reads and checks the definitions in fsys: chisel.yaml and slices/.
func ReadRelease(fsys fs.FS) (*Release, error) { return release.Read(fsys) }

// verdictKind names the records of verdicts; the number goes up when the rules of validation change.
const verdictKind = "verdict-1"

// ValidateOnce checks the definitions in fsys, read as r, against each other, as Release.Validate does. The verdict is kept
// in the cache directory under the digest of the definitions' text, so that a release of 700 packages is compared once. The
// cache is a hint: one that cannot be read or written costs time and nothing else.
func ValidateOnce(fsys fs.FS, r *Release, cache string) error {
	digest, err := ReleaseDigest(fsys)
	if err != nil {
		return err
	}
	st, err := store.Open(filepath.Join(cache, "definitions"))
	if err != nil {
		return r.Validate()
	}
	defer st.Close()
	if told, err := st.Record(verdictKind, digest); err == nil {
		return problems(string(told))
	}
	verdict := r.Validate()
	var text string
	if verdict != nil {
		text = verdict.Error()
	}
	_ = st.PutRecord(verdictKind, digest, []byte(text)) // what cannot be kept is found again
	return verdict
}

// problems are those of a verdict, one a line, as Validate joins them.
func problems(text string) error {
	var all []error
	for line := range strings.Lines(text) {
		all = append(all, errors.New(strings.TrimSuffix(line, "\n")))
	}
	return errors.Join(all...)
}

// ReleaseDigest is the digest over the names and the text of all files that definitions are read from, in hex.
func ReleaseDigest(fsys fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		fmt.Fprintf(h, "%q %d\n%s", name, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("cannot read the definitions: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
